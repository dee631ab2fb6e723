# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

ip link set lo up
note 'what there is'
step agent/sysctl list

# settings: what is written, and what it is then.
settings()
{
	note "$*"
	agent/sysctl try
}

settings 'any number' <<'END'
amemthresh 0
amemthresh -1
amemthresh 2147483647
amemthresh 2147483648
amemthresh -2147483648
amemthresh -2147483649
amemthresh 18446744073709551616
amemthresh 1024
am_droprate 0
am_droprate -3
am_droprate 10
conntrack 5
conntrack 0
snat_reroute 0
snat_reroute -1
snat_reroute 1
sync_persist_mode 3
sync_sock_size -1
sync_sock_size 4096
cache_bypass 1
cache_bypass 0
expire_nodest_conn 1
expire_nodest_conn 0
sloppy_tcp 1
sloppy_tcp 0
sloppy_sctp 1
sloppy_sctp 0
expire_quiescent_template 1
nat_icmp_send 1
nat_icmp_send 0
pmtu_disc 0
pmtu_disc 1
backup_only 1
backup_only 0
conn_reuse_mode -1
conn_reuse_mode 7
conn_reuse_mode 1
schedule_icmp 1
schedule_icmp 0
ignore_tunneled 1
ignore_tunneled 0
run_estimation 0
run_estimation 7
run_estimation 1
END

settings 'how numbers are written' <<'END'
cache_bypass 5\n
cache_bypass  6
cache_bypass \t\n 7 \n
cache_bypass +8
cache_bypass 0x10
cache_bypass 010
cache_bypass 08
cache_bypass 1x
cache_bypass x
cache_bypass -
cache_bypass - 1
cache_bypass --1
cache_bypass -0x2
cache_bypass 3 4
cache_bypass 3\n4\n
cache_bypass 3,4
cache_bypass 5\0
cache_bypass 5\06
cache_bypass 
cache_bypass  
cache_bypass \n
cache_bypass 000000000000000000001
cache_bypass 0000000000000000000001
cache_bypass 11 12 13
cache_bypass@1 9
cache_bypass@100 x
cache_bypass 0
END

settings 'bounds' <<'END'
drop_entry 3
drop_entry 4
drop_entry -1
drop_entry 1
drop_entry 2
drop_entry 0
drop_entry 0x3
drop_entry 1 2
drop_entry 1 x
drop_entry x
drop_entry@1 2
drop_entry 0
drop_packet 1
drop_packet 4
drop_packet 2
drop_packet 0
secure_tcp 2
secure_tcp 4
secure_tcp 0
sync_version 0
sync_version 2
sync_version -1
sync_version 2 1
sync_version 1
sync_ports 0
sync_ports 3
sync_ports -2
sync_ports 64
sync_ports 128
sync_ports 1073741824
sync_ports 2147483647
sync_ports 1
sync_retries 3
sync_retries 4
sync_retries -1
sync_retries 0
sync_refresh_period 10
sync_refresh_period -10
sync_refresh_period 8589934
sync_refresh_period 8589935
sync_refresh_period -8589935
sync_refresh_period 2147483
sync_refresh_period 2147484
sync_refresh_period 21474837
sync_refresh_period 0
sync_qlen_max 0
sync_qlen_max -1
sync_qlen_max 18446744073709551615
sync_qlen_max 18446744073709551616
sync_qlen_max 9223372036854775808
sync_qlen_max 7 8
sync_qlen_max 4096
est_nice -20
est_nice -21
est_nice 19
est_nice 20
est_nice 0
conn_lfactor -8
conn_lfactor -9
conn_lfactor 8
conn_lfactor 9
conn_lfactor -2
svc_lfactor -8
svc_lfactor -9
svc_lfactor 8
svc_lfactor 9
svc_lfactor -2
END

settings 'two numbers' <<'END'
sync_threshold 1
sync_threshold 2 60
sync_threshold 60
sync_threshold 60 60
sync_threshold 60 0
sync_threshold 5
sync_threshold 0 0
sync_threshold 7 8 9
sync_threshold 7 -1
sync_threshold -1 5
sync_threshold 6 x
sync_threshold x 6
sync_threshold 9 x
sync_threshold 1\t9\n
sync_threshold 2 9x
sync_threshold 
sync_threshold@1 4 5
sync_threshold 3 50
sync_threshold < 1
sync_threshold < 2
sync_threshold < 3
sync_threshold < 4
END

settings 'the limit of connections' <<'END'
conn_max 1073741824
conn_max 1073741825
conn_max -1
conn_max 2147483648
conn_max -2147483648
conn_max -2147483647
conn_max 0
conn_max 1000 x
conn_max 2000x
conn_max x
conn_max@1 7
conn_max 1073741824
END

settings 'CPUs' <<'END'
est_cpulist 0
est_cpulist 1\n
est_cpulist 0-1
est_cpulist 0,1\n
est_cpulist 
est_cpulist \n
est_cpulist  0
est_cpulist x
est_cpulist 1-0
est_cpulist 0-
est_cpulist 0-100000
est_cpulist 99999999999
est_cpulist 0,x
est_cpulist 0\0x
est_cpulist 1@
est_cpulist all
est_cpulist N
est_cpulist 0-1:1/2
est_cpulist@1 0
est_cpulist 5
est_cpulist 0-1
est_cpulist < 1
est_cpulist < 2
est_cpulist < 3
END

settings 'reading in pieces' <<'END'
amemthresh < 1
amemthresh < 2
amemthresh < 4
amemthresh < 5
sync_qlen_max < 3
drop_entry < 1
END

note 'new files are not possible'
step sh -c 'echo 1 >/proc/sys/net/ipv4/vs/nothing'
step cat /proc/sys/net/ipv4/vs

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh
# shellcheck source=testing/differential/walk.sh
. ./walk.sh

topology
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m

note 'the usual ways'
walk cS sSA cA cFA sA sFA cA
walk cS sSA cA sFA cA cFA sA
walk cS sSA cA cFA sFA cA
walk cS cS sSA sSA cA cA
walk cS sRA
walk cS cR
walk cS sSA cR
walk cS sSA cA cR
walk cS sSA cA sR
walk cS sSA cA cFA cR
walk cS sSA cA cFA sR
note 'other flags'
walk cS sSA cPA sPUA cECA
walk cS sSA cA cF sF
walk cS sSA cA cRA
walk cS sSA cA sRA
walk cS sSA cA cSR
walk cS sSA cA cSF
walk cS sSA cA cRF
walk cS sSA cA cP sU
walk cS sSA cA cE

note 'all events from all states'
walk_all_tcp

// SPDX-License-Identifier: GPL-2.0

//! Generic netlink families with requests and dumps.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)

mod multicast;

use super::namespace::{self, Net, PerNet};
use core::{
    fmt::{self, Write},
    marker::PhantomData,
    mem::MaybeUninit,
    num::NonZeroU32,
    ptr::NonNull,
};
use ipvs_bindings as helpers;
use kernel::{bindings, error::to_result, prelude::*, types::Opaque, ThisModule};
pub(crate) use multicast::Announced;
pub use multicast::{Group, Sender};

/// `GENL_ADMIN_PERM`: the sender needs `CAP_NET_ADMIN` in the initial user namespace.
pub const ADMIN_PERM: u8 = 0x01;

/// `GENL_NAMSIZ`.
const NAME_SIZE: usize = 16;

/// `GENL_DONT_VALIDATE_STRICT` and `GENL_DONT_VALIDATE_DUMP`.
const VALIDATE_LIBERALLY: u8 = 0x01 | 0x02;

/// `NLA_TYPE_MASK`.
const TYPE_MASK: u16 = 0x3fff;
/// `NLM_F_MULTI`.
const MULTI: u16 = 0x02;
/// `NLM_F_DUMP_INTR`.
const INTERRUPTED: u16 = 0x10;

/// The type of an attribute, which the core checks before it calls.
#[repr(transparent)]
pub struct Policy(bindings::nla_policy);

// SAFETY: Never written after its creation.
unsafe impl Sync for Policy {}

impl Policy {
    /// Anything.
    pub const ANY: Self = Self::of(0);
    /// At least 32 bits.
    pub const U32: Self = Self::of(3);
    /// Attributes.
    pub const NESTED: Self = Self::of(8);

    const fn of(ty: u8) -> Self {
        let mut policy: bindings::nla_policy = pin_init::zeroed();
        policy.type_ = ty;
        Self(policy)
    }
}

/// A family, not registered anywhere.
pub struct Family<T: 'static> {
    /// At most 15 characters.
    pub name: &'static CStr,
    /// The version that a reply carries.
    pub version: u8,
    /// One for each top-level attribute, from zero on.
    pub policy: &'static [Policy],
    /// The operations.
    pub ops: &'static [Op<T>],
    /// The groups that listen to what happens.
    pub groups: &'static [Group],
}

/// A request.
pub struct Info<'a> {
    info: &'a mut bindings::genl_info,
    attrs: usize,
}

impl Info<'_> {
    /// Top-level attribute `ty`: one that the core has checked or, if the policy does not have it, one
    /// that is whole.
    fn raw_attr(&self, ty: u16) -> Option<NonNull<bindings::nlattr>> {
        let index = usize::from(ty);
        if index >= self.attrs {
            return find_attr(self.request(), ty);
        }
        let attrs = NonNull::new(self.info.attrs)?;
        // SAFETY: The core parsed as many attributes as the policy has.
        let slot = unsafe { attrs.add(index) };
        // SAFETY: As above.
        NonNull::new(unsafe { slot.read() })
    }

    /// The payload of top-level attribute `ty`.
    pub fn attr(&self, ty: u16) -> Option<&[u8]> {
        let attr = self.raw_attr(ty)?;
        // SAFETY: An attribute that the core has checked.
        let len = usize::from(unsafe { attr.as_ref() }.nla_len);
        let len = len.checked_sub(size_of::<bindings::nlattr>())?;
        // SAFETY: The payload follows the header.
        let payload = unsafe { attr.add(1) };
        // SAFETY: As above; the message lives as long as the request.
        Some(unsafe { core::slice::from_raw_parts(payload.as_ptr().cast(), len) })
    }

    /// All top-level attributes, not checked in any way.
    pub fn request(&self) -> &[u8] {
        // SAFETY: The core has checked it, and it lives as long as its `genl_info`.
        unsafe { attrs_of(self.info.nlhdr) }
    }

    /// Tells the sender in words what was wrong.
    pub fn set_message(&mut self, text: &'static CStr) {
        if let Some(mut extack) = NonNull::new(self.info.extack) {
            // SAFETY: If there is one, it is valid and ours during the request.
            unsafe { extack.as_mut() }._msg = text.as_char_ptr();
        }
    }

    /// Tells the sender in words what was wrong. What is too long is cut.
    pub fn set_text(&mut self, text: fmt::Arguments<'_>) {
        if let Some(mut extack) = NonNull::new(self.info.extack) {
            // SAFETY: If there is one, it is valid and ours during the request.
            let extack = unsafe { extack.as_mut() };
            let (end, room) = match extack._msg_buf.split_last_mut() {
                Some(parts) => parts,
                None => return,
            };
            room.fill(0);
            *end = 0;
            // It has been cut if it does not fit.
            let _ = Cut(room.iter_mut()).write_fmt(text);
            extack._msg = extack._msg_buf.as_ptr();
        }
    }

    /// Tells the sender that the attribute was wrong that begins at a place in [`Info::request`].
    pub fn set_bad_at(&mut self, place: usize) {
        let attr = self.header_at(place);
        if let (Some(mut extack), Some(attr)) = (NonNull::new(self.info.extack), attr) {
            // SAFETY: If there is one, it is valid and ours during the request. What it points to is
            // in the message, which lives as long.
            unsafe { extack.as_mut() }.bad_attr = attr;
        }
    }

    /// Tells the sender that attribute `ty` is missing in the one that begins at a place in
    /// [`Info::request`].
    pub fn set_missing_in(&mut self, ty: u16, place: usize) {
        let nest = self.header_at(place);
        if let (Some(mut extack), Some(nest)) = (NonNull::new(self.info.extack), nest) {
            // SAFETY: If there is one, it is valid and ours during the request. What it points to is
            // in the message, which lives as long.
            let extack = unsafe { extack.as_mut() };
            extack.miss_nest = nest;
            extack.miss_type = ty;
        }
    }

    /// The attribute that begins at a place in [`Info::request`].
    fn header_at(&self, place: usize) -> Option<*const bindings::nlattr> {
        let header = self.request().get(place..)?.first_chunk::<ATTR_HEADER>()?;
        Some(header.as_ptr().cast())
    }

    /// Tells the sender that top-level attribute `ty` was wrong, or the one that begins at a place in
    /// its payload.
    pub fn set_bad(&mut self, ty: u16, place: Option<usize>) {
        let Some(attr) = self.raw_attr(ty) else {
            return;
        };
        let inner = self.attr(ty).zip(place).and_then(|(payload, place)| {
            let header = payload.get(place..)?.first_chunk::<ATTR_HEADER>()?;
            Some(header.as_ptr().cast())
        });
        if let Some(mut extack) = NonNull::new(self.info.extack) {
            // SAFETY: If there is one, it is valid and ours during the request. What it points to is
            // in the message, which lives as long.
            unsafe { extack.as_mut() }.bad_attr = inner.unwrap_or(attr.as_ptr());
        }
    }

    /// Tells the sender that top-level attribute `ty` is missing.
    pub fn set_missing(&mut self, ty: u16) {
        if let Some(mut extack) = NonNull::new(self.info.extack) {
            // SAFETY: If there is one, it is valid and ours during the request.
            unsafe { extack.as_mut() }.miss_type = ty;
        }
    }

    /// Answers with one message of type `cmd`.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn reply(&mut self, cmd: u8, fill: impl FnOnce(&mut Message<'_>) -> Result) -> Result {
        // SAFETY: No requirements.
        let skb =
            unsafe { bindings::genlmsg_new(bindings::GENLMSG_DEFAULT_SIZE, bindings::GFP_KERNEL) };
        let skb = OwnedMessage(NonNull::new(skb).ok_or(ENOMEM)?);
        let (portid, seq) = (self.info.snd_portid, self.info.snd_seq);
        let family = self.info.family;
        // SAFETY: The buffer is ours, the family is registered.
        unsafe { message(skb.0, portid, seq, family, 0, cmd, fill) }?;
        let skb = core::mem::ManuallyDrop::new(skb);
        // SAFETY: The buffer is given up.
        to_result(unsafe { helpers::rust_ipvs_helper_genlmsg_reply(skb.0.as_ptr(), self.info) })
    }
}

/// Takes text as long as there is room.
struct Cut<'a>(core::slice::IterMut<'a, c_char>);

impl fmt::Write for Cut<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            *self.0.next().ok_or(fmt::Error)? = byte as c_char;
        }
        Ok(())
    }
}

/// The attributes of a request.
///
/// # Safety
///
/// `nlh` must be a message of generic netlink of which `nlmsg_len` bytes are there for `'a`.
unsafe fn attrs_of<'a>(nlh: *const bindings::nlmsghdr) -> &'a [u8] {
    // SAFETY: By the safety requirements.
    let len = (unsafe { &*nlh }.nlmsg_len as usize).saturating_sub(HEADERS);
    // SAFETY: The attributes follow the headers.
    let attrs = unsafe { nlh.byte_add(HEADERS) }.cast();
    // SAFETY: By the safety requirements.
    unsafe { core::slice::from_raw_parts(attrs, len) }
}

/// The last attribute of type `ty` in `attrs` that is there as a whole, before the first that is not.
fn find_attr(mut attrs: &[u8], ty: u16) -> Option<NonNull<bindings::nlattr>> {
    let mut found = None;
    while let Some([a, b, c, d]) = attrs.first_chunk() {
        let len = usize::from(u16::from_ne_bytes([*a, *b]));
        if len < ATTR_HEADER || len > attrs.len() {
            break;
        }
        if u16::from_ne_bytes([*c, *d]) & TYPE_MASK == ty {
            found = Some(NonNull::from(attrs).cast());
        }
        let padded = len.wrapping_add(ATTR_ALIGN - 1) & !(ATTR_ALIGN - 1);
        attrs = attrs.get(padded..).unwrap_or_default();
    }
    found
}

struct OwnedMessage(NonNull<bindings::sk_buff>);

impl Drop for OwnedMessage {
    fn drop(&mut self) {
        // SAFETY: It is ours and was not sent.
        unsafe { bindings::nlmsg_free(self.0.as_ptr()) };
    }
}

/// So many bytes are free for the attributes of a message when it is begun, and no more.
///
/// Always the same number, so that what is known of the lengths of attributes when this is compiled
/// is known of their places, too: then to write a message takes little more than its stores.
pub const MESSAGE_ROOM: usize = 512;

/// Room for the attributes of one message.
///
/// They are written in place; the buffer learns of them when the message is complete.
///
/// # Invariants
///
/// The first `used` bytes of `room` are written, and `used` is a multiple of `ATTR_ALIGN`.
pub struct Message<'a> {
    room: &'a mut [MaybeUninit<u8>; MESSAGE_ROOM],
    used: usize,
}

/// Of attributes: where one begins.
const ATTR_ALIGN: usize = 4;
/// The bytes before the data of an attribute.
const ATTR_HEADER: usize = size_of::<bindings::nlattr>();

/// Writes `from` to `to`, which is as long.
#[inline(always)]
fn copy(to: &mut [MaybeUninit<u8>], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        to.write(*from);
    }
}

/// The unused part of `skb`.
///
/// # Safety
///
/// `skb` must be a linear buffer of netlink that nobody else uses for `'a`.
unsafe fn room_behind<'a>(skb: NonNull<bindings::sk_buff>) -> &'a mut [MaybeUninit<u8>] {
    // SAFETY: By the safety requirements; nothing is appended.
    let start = unsafe { bindings::skb_put(skb.as_ptr(), 0) };
    // SAFETY: By the safety requirements.
    let skb = unsafe { skb.as_ref() };
    let len = skb.end.saturating_sub(skb.tail) as usize;
    // SAFETY: The bytes between `tail`, which is at `start`, and `end` belong to the buffer, which
    // is ours. They may be anything, even not initialised.
    unsafe { core::slice::from_raw_parts_mut(start.cast(), len) }
}

impl<'a> Message<'a> {
    /// One at the start of `room`. `EMSGSIZE` if that is not large enough.
    #[inline(always)]
    fn at(room: &'a mut [MaybeUninit<u8>]) -> Result<Self> {
        // INVARIANT: None of them is written.
        Ok(Self {
            room: room.first_chunk_mut().ok_or(EMSGSIZE)?,
            used: 0,
        })
    }

    /// Appends an attribute. `EMSGSIZE` means that the buffer is full.
    // What is known of `data` where this is called makes it a few stores.
    #[inline(always)]
    pub fn put(&mut self, ty: u16, data: &[u8]) -> Result {
        // A slice is never so long that these wrap.
        let len = ATTR_HEADER.wrapping_add(data.len());
        let padded = len.wrapping_add(ATTR_ALIGN - 1) & !(ATTR_ALIGN - 1);
        let nla_len = u16::try_from(len).map_err(|_| EMSGSIZE)?;
        let end = self.used.wrapping_add(padded);
        let place = self.room.get_mut(self.used..end).ok_or(EMSGSIZE)?;
        let (place, padding) = place.split_at_mut_checked(len).ok_or(EMSGSIZE)?;
        let (header, body) = place.split_at_mut_checked(ATTR_HEADER).ok_or(EMSGSIZE)?;
        let ([a, b], [c, d]) = (nla_len.to_ne_bytes(), ty.to_ne_bytes());
        copy(header, &[a, b, c, d]);
        copy(body, data);
        copy(padding, &[0; ATTR_ALIGN]);
        // INVARIANT: `padded` is a multiple of `ATTR_ALIGN`, and so many bytes were written.
        self.used = end;
        Ok(())
    }

    /// Begins a nest of attributes, without the flag that says that it is one. What is appended
    /// until [`Message::end_nest`] is in it.
    #[inline(always)]
    pub fn begin_nest(&mut self, ty: u16) -> Result<Nest> {
        let offset = self.used;
        self.put(ty, &[])?;
        Ok(Nest(offset))
    }

    /// Ends a nest of this message.
    #[inline(always)]
    pub fn end_nest(&mut self, nest: Nest) -> Result {
        let attr = self.room.get_mut(nest.0..self.used).ok_or(EINVAL)?;
        let len = u16::try_from(attr.len()).map_err(|_| EMSGSIZE)?;
        copy(attr.get_mut(..2).ok_or(EINVAL)?, &len.to_ne_bytes());
        Ok(())
    }
}

/// A nest that was begun.
pub struct Nest(usize);

/// Writes one message into `skb`, or nothing.
///
/// # Safety
///
/// `skb` and `family` must be valid, and nobody else may use `skb`.
unsafe fn message(
    skb: NonNull<bindings::sk_buff>,
    portid: u32,
    seq: u32,
    family: *const bindings::genl_family,
    flags: c_int,
    cmd: u8,
    fill: impl FnOnce(&mut Message<'_>) -> Result,
) -> Result {
    // SAFETY: By the safety requirements.
    let header = unsafe { bindings::genlmsg_put(skb.as_ptr(), portid, seq, family, flags, cmd) };
    if header.is_null() {
        return Err(EMSGSIZE);
    }
    // SAFETY: By the safety requirements; buffers of netlink are linear, and until the message is
    // complete nothing else is done with this one.
    let room = unsafe { room_behind(skb) };
    let filled = Message::at(room).and_then(|mut attrs| fill(&mut attrs).map(|()| attrs.used));
    match filled {
        Ok(used) => {
            // SAFETY: So many bytes are there, and written, by the invariants of `Message`; their
            // number fits, since that of the buffer does.
            unsafe { bindings::skb_put(skb.as_ptr(), used as u32) };
            // SAFETY: `header` is the message that was begun above.
            unsafe { bindings::genlmsg_end(skb.as_ptr(), header) };
            Ok(())
        }
        Err(e) => {
            // SAFETY: As above.
            unsafe { bindings::genlmsg_cancel(skb.as_ptr(), header) };
            Err(e)
        }
    }
}

/// What answers a request.
pub trait Do {
    /// What it works on.
    type Data: PerNet;

    /// Called in parallel.
    ///
    /// # Context
    ///
    /// May sleep.
    fn doit(data: &Self::Data, net: &Net, info: &mut Info<'_>) -> Result;
}

/// What fills a dump.
pub trait Dump {
    /// What it works on.
    type Data: PerNet;

    /// Adds messages from `cursor` on, until there are no more or one does not fit, which is an
    /// `EMSGSIZE` to be passed on. `cursor` is all zeroes at first and kept between the calls.
    ///
    /// # Context
    ///
    /// May sleep.
    fn dumpit(data: &Self::Data, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result;
}

/// Where a dump stands between two calls.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Cursor(pub [usize; 5]);

/// The headers of a message: `struct nlmsghdr` and `struct genlmsghdr`.
const HEADERS: usize =
    size_of::<bindings::nlmsghdr>().wrapping_add(size_of::<bindings::genlmsghdr>());

/// Type, flags, number and port of `struct nlmsghdr`, in the messages of a dump.
fn common_header(ty: u16, flags: u16, seq: u32, portid: u32) -> [u8; 12] {
    let [t0, t1] = ty.to_ne_bytes();
    let [f0, f1] = flags.to_ne_bytes();
    let [s0, s1, s2, s3] = seq.to_ne_bytes();
    let [p0, p1, p2, p3] = portid.to_ne_bytes();
    [t0, t1, f0, f1, s0, s1, s2, s3, p0, p1, p2, p3]
}

/// Where the flags are in what [`common_header`] makes.
const FLAGS: core::ops::Range<usize> = 2..4;

/// A piece of a dump.
///
/// # Invariants
///
/// The first `used` bytes of `room` are written. `extack` is valid and ours for `'a`.
pub struct DumpBuffer<'a> {
    net: &'a Net,
    request: &'a [u8],
    extack: Option<NonNull<bindings::netlink_ext_ack>>,
    room: &'a mut [MaybeUninit<u8>],
    used: usize,
    /// What follows the length in `struct nlmsghdr`, the same in all messages.
    header: [u8; 12],
    version: u8,
    /// The number of the state that the last message was of, and that the next one is of; 0 if nobody
    /// has said.
    before: u32,
    state: u32,
}

impl<'a> DumpBuffer<'a> {
    /// The namespace of whoever asks.
    pub fn net(&self) -> &'a Net {
        self.net
    }

    /// The attributes of the request, not checked in any way.
    pub fn request(&self) -> &[u8] {
        self.request
    }

    /// Tells the sender in words why there is no dump.
    pub fn set_message(&mut self, text: &'static CStr) {
        if let Some(mut extack) = self.extack {
            // SAFETY: By the type invariants.
            unsafe { extack.as_mut() }._msg = text.as_char_ptr();
        }
    }

    /// Says what number the state has that this piece is of; not 0. If the piece before was of
    /// another one, the first message of this one tells the reader that the dump was interrupted.
    pub fn set_state(&mut self, state: NonZeroU32) {
        self.state = state.get();
        self.mark(self.before != 0 && self.before != self.state);
    }

    fn mark(&mut self, interrupted: bool) {
        let flags = MULTI | if interrupted { INTERRUPTED } else { 0 };
        if let Some(to) = self.header.get_mut(FLAGS) {
            to.copy_from_slice(&flags.to_ne_bytes());
        }
    }

    /// Adds a message of type `cmd`.
    #[inline(always)]
    pub fn message(&mut self, cmd: u8, fill: impl FnOnce(&mut Message<'_>) -> Result) -> Result {
        let room = self.room.get_mut(self.used..).ok_or(EMSGSIZE)?;
        let (header, room) = room.split_first_chunk_mut::<HEADERS>().ok_or(EMSGSIZE)?;
        let mut attrs = Message::at(room)?;
        fill(&mut attrs)?;
        let len = HEADERS.wrapping_add(attrs.used);
        let (nlmsg, genl) = header.split_at_mut(size_of::<bindings::nlmsghdr>());
        copy(nlmsg, &(len as u32).to_ne_bytes());
        copy(nlmsg.get_mut(4..).unwrap_or_default(), &self.header);
        copy(genl, &[cmd, self.version, 0, 0]);
        // INVARIANT: The headers and so many bytes behind them were written. As `HEADERS` and the
        // lengths of attributes are multiples of four, so is the length of a message.
        self.used = self.used.wrapping_add(len);
        if self.before != self.state {
            self.before = self.state;
            self.mark(false);
        }
        Ok(())
    }
}

/// An operation of a family.
#[repr(transparent)]
pub struct Op<T>(bindings::genl_small_ops, PhantomData<fn(&T)>);

// SAFETY: Never written after its creation.
unsafe impl<T> Sync for Op<T> {}

impl<T: PerNet> Op<T> {
    /// An operation that nothing answers yet. `flags` is e.g. [`ADMIN_PERM`].
    pub const fn new(cmd: u8, flags: u8) -> Self {
        let mut op: bindings::genl_small_ops = pin_init::zeroed();
        op.cmd = cmd;
        op.flags = flags;
        op.validate = VALIDATE_LIBERALLY;
        Self(op, PhantomData)
    }

    /// `D` answers requests.
    pub const fn with_do<D: Do<Data = T>>(mut self) -> Self {
        self.0.doit = Some(doit::<D>);
        self
    }

    /// `D` answers dumps.
    pub const fn with_dump<D: Dump<Data = T>>(mut self) -> Self {
        self.0.dumpit = Some(dumpit::<D>);
        self
    }
}

/// # Safety
///
/// Only for the generic netlink core.
unsafe extern "C" fn doit<D: Do>(
    _skb: *mut bindings::sk_buff,
    info: *mut bindings::genl_info,
) -> c_int {
    // SAFETY: `info` is valid and ours for the call.
    let info = unsafe { &mut *info };
    // SAFETY: The namespace of the sender outlives the request.
    let net = unsafe { Net::from_raw(info._net.net) };
    let Some(data) = namespace::data::<D::Data>(net) else {
        return EAGAIN.to_errno();
    };
    let attrs = D::Data::FAMILY.policy.len();
    match D::doit(data, net, &mut Info { info, attrs }) {
        Ok(()) => 0,
        Err(e) => e.to_errno(),
    }
}

/// # Safety
///
/// Only for the generic netlink core.
unsafe extern "C" fn dumpit<D: Dump>(
    skb: *mut bindings::sk_buff,
    cb: *mut bindings::netlink_callback,
) -> c_int {
    const { assert!(size_of::<Cursor>() <= size_of::<bindings::netlink_callback__bindgen_ty_1>()) };
    // SAFETY: `cb` is valid and ours for the call.
    let ctx = unsafe { &raw mut (*cb).__bindgen_anon_1 };
    // SAFETY: As above; the size was checked, and any bytes are a cursor.
    let mut cursor = unsafe { ctx.cast::<Cursor>().read() };
    // SAFETY: The socket of the request lives as long as the dump.
    let net = unsafe { helpers::rust_ipvs_helper_netlink_net(cb) };
    // SAFETY: The socket holds its namespace.
    let net = unsafe { Net::from_raw(net) };
    let Some(data) = namespace::data::<D::Data>(net) else {
        return EAGAIN.to_errno();
    };
    // SAFETY: The core has set it to what it passes to every dump of a family.
    let info = unsafe { (*cb).data }.cast::<bindings::genl_dumpit_info>();
    // SAFETY: As above.
    let family = unsafe { (*info).info.family };
    // SAFETY: As above; it is registered.
    let family = unsafe { &*family };
    // A number of 16 bits, as in all messages.
    let (ty, version) = (family.id as u16, family.version as u8);
    let Some(skb) = NonNull::new(skb) else {
        return EINVAL.to_errno();
    };
    // SAFETY: The request lives as long as the dump.
    let nlh = unsafe { (*cb).nlh };
    // SAFETY: As above.
    let header = unsafe { &*nlh };
    // SAFETY: As above; the core has checked that `nlmsg_len` bytes are there.
    let request = unsafe { attrs_of(nlh) };
    // SAFETY: The callback is valid.
    let portid = unsafe { helpers::rust_ipvs_helper_netlink_portid(cb) };
    // INVARIANT: If there is one, it is the caller's for the call.
    let mut out = DumpBuffer {
        net,
        request,
        // SAFETY: The callback is valid.
        extack: NonNull::new(unsafe { (*cb).extack }),
        // SAFETY: The buffer is ours during the call, and linear, as those of netlink are.
        room: unsafe { room_behind(skb) },
        used: 0,
        header: common_header(ty, MULTI, header.nlmsg_seq, portid),
        version,
        // SAFETY: As above.
        before: unsafe { (*cb).prev_seq },
        state: 0,
    };
    out.state = out.before;
    let result = D::dumpit(data, &mut cursor, &mut out);
    // SAFETY: So many bytes are there, and written, by the invariants of `DumpBuffer`; their number
    // fits, since that of the buffer does.
    unsafe { bindings::skb_put(skb.as_ptr(), out.used as u32) };
    // SAFETY: As for the read above.
    unsafe { ctx.cast::<Cursor>().write(cursor) };
    // SAFETY: The callback is ours during the call.
    unsafe { (*cb).prev_seq = out.before };
    // The core compares the two before it writes the last message.
    // SAFETY: As above.
    unsafe { (*cb).seq = out.state };
    match result {
        // At the end, which the core adds to these messages if there is room.
        Ok(()) => 0,
        // A full buffer is no error unless not even one message fits.
        Err(EMSGSIZE) if out.used > 0 => out.used as c_int,
        Err(e) => e.to_errno(),
    }
}

/// A registered family.
///
/// # Invariants
///
/// `family` is registered.
#[pin_data(PinnedDrop)]
pub(crate) struct Registration<T: PerNet> {
    #[pin]
    family: Opaque<bindings::genl_family>,
    _p: PhantomData<T>,
}

impl<T: PerNet> Registration<T> {
    /// Registers the family of `T`. `EEXIST` if somebody has the name already.
    pub(crate) fn new(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        // The name and its NUL must fit.
        const { assert!(T::FAMILY.name.count_bytes() < NAME_SIZE) };
        try_pin_init!(Self {
            family <- Opaque::try_ffi_init(move |slot: *mut bindings::genl_family| {
                let spec = T::FAMILY;
                let mut family: bindings::genl_family = pin_init::zeroed();
                for (to, from) in family.name.iter_mut().zip(spec.name.to_bytes_with_nul()) {
                    *to = *from;
                }
                family.version = spec.version.into();
                family.maxattr = spec.policy.len().saturating_sub(1).try_into()?;
                family.policy = spec.policy.as_ptr().cast();
                family.small_ops = spec.ops.as_ptr().cast();
                family.n_small_ops = spec.ops.len().try_into()?;
                family.mcgrps = spec.groups.as_ptr().cast();
                family.n_mcgrps = spec.groups.len().try_into()?;
                family.resv_start_op = u8::MAX;
                family.module = module.as_ptr();
                family.set_netnsok(1);
                family.set_parallel_ops(1);
                // SAFETY: The initializer can write to the provided `slot`.
                unsafe { slot.write(family) };
                // SAFETY: `slot` is pinned, and unregistered before it is freed.
                let result = to_result(unsafe { bindings::genl_register_family(slot) });
                if result == Err(EEXIST) {
                    pr_err!(
                        "the generic netlink family {} belongs to another module, unload that first\n",
                        spec.name
                    );
                }
                result?;
                // SAFETY: It is registered, and withdrawn before it is unregistered.
                unsafe { T::place().announced().set(slot) };
                Ok::<_, Error>(())
            }),
            _p: PhantomData,
        })
    }
}

#[pinned_drop]
impl<T: PerNet> PinnedDrop for Registration<T> {
    fn drop(self: Pin<&mut Self>) {
        T::place().announced().withdraw();
        // SAFETY: By the type invariants. Waits for running requests and dumps.
        unsafe { bindings::genl_unregister_family(self.family.get()) };
    }
}

//! Datagrams by the batch, with as few system calls as there can be: when the socket is idle, a packet costs one
//! wake-up and one `recvmmsg`, which by returning fewer packets than it could says that there are no more.

use std::{
    cell::RefCell,
    io::{self, IoSlice, IoSliceMut},
    net::{SocketAddr, SocketAddrV4, SocketAddrV6},
    os::fd::AsRawFd as _,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use nix::sys::socket::{
    MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg, setsockopt,
    sockopt::{RcvBufForce, SndBufForce},
};
use socket2::Socket;
use tokio::io::{Interest, unix::AsyncFd};

use crate::net::{Datagram, Datagrams};

/// Packets a system call.
const BATCH: usize = 32;
/// As many are asked for while no more have come at once: to make a whole batch ready costs more than to take one packet in.
const FEW: usize = 2;
/// The longest packet that UDP can carry.
const LONGEST: usize = 65_536;
/// What is asked of the kernel for either direction. At its default of 208 KiB some fifty MC messages fill a socket,
/// which a scheduling gap of 5 ms does at 10,000/s.
const BUFFER: usize = 8 << 20;

pub(super) struct KernelDatagrams {
    /// Registered for reading only: a socket that is registered for writing wakes its shard for every packet that has
    /// left.
    socket: AsyncFd<Socket>,
    /// The same socket, registered for writing while the kernel takes no more.
    blocked: RefCell<Option<AsyncFd<Socket>>>,
    local: SocketAddr,
    receiving: RefCell<Receiving>,
    sending: RefCell<MultiHeaders<SockaddrStorage>>,
}

struct Receiving {
    headers: MultiHeaders<SockaddrStorage>,
    buffers: Vec<Vec<u8>>,
    /// Packets to ask for next.
    width: usize,
}

impl KernelDatagrams {
    pub(super) fn new(socket: Socket) -> io::Result<Self> {
        enlarge(&socket);
        let local = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let socket = watch(socket, Interest::READABLE)?;
        Ok(Self {
            socket,
            blocked: RefCell::default(),
            local,
            receiving: RefCell::new(Receiving {
                headers: MultiHeaders::preallocate(BATCH, None),
                buffers: (0..BATCH).map(|_| vec![0; LONGEST]).collect(),
                width: FEW,
            }),
            sending: RefCell::new(MultiHeaders::preallocate(BATCH, None)),
        })
    }

    /// One `recvmmsg`; says whether there may be more.
    fn receive(&self, batch: &mut Vec<Datagram>) -> io::Result<bool> {
        let Receiving { headers, buffers, width } = &mut *self.receiving.borrow_mut();
        let asked = *width;
        let mut slices: Vec<[IoSliceMut<'_>; 1]> =
            buffers.iter_mut().take(asked).map(|buffer| [IoSliceMut::new(buffer.as_mut_slice())]).collect();
        let before = batch.len();
        let results =
            recvmmsg(self.socket.as_raw_fd(), headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None)?;
        for result in results {
            let from = result.address.as_ref().and_then(address);
            if let (Some(from), Some(bytes)) = (from, result.iovs().next()) {
                batch.push(Datagram { from, bytes: Bytes::copy_from_slice(bytes) });
            }
        }
        let is_full = batch.len() - before == asked;
        *width = if is_full { BATCH } else { FEW };
        Ok(is_full)
    }

    fn send_some(&self, batch: &[(SocketAddr, Bytes)]) -> io::Result<usize> {
        if let [(to, bytes)] = batch {
            return self.socket.get_ref().send_to(bytes, &(*to).into()).map(|_| 1);
        }
        let batch = batch.get(..BATCH).unwrap_or(batch);
        let slices: Vec<[IoSlice<'_>; 1]> = batch.iter().map(|(_, bytes)| [IoSlice::new(bytes)]).collect();
        let to: Vec<Option<SockaddrStorage>> = batch.iter().map(|(to, _)| Some((*to).into())).collect();
        let mut headers = self.sending.borrow_mut();
        let sent =
            sendmmsg(self.socket.as_raw_fd(), &mut headers, slices.iter(), &to, [], MsgFlags::MSG_DONTWAIT)?;
        Ok(sent.count())
    }
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|address| SocketAddr::V4(SocketAddrV4::from(*address)));
    v4.or_else(|| storage.as_sockaddr_in6().map(|address| SocketAddr::V6(SocketAddrV6::from(*address))))
}

impl Datagrams for KernelDatagrams {
    fn local(&self) -> SocketAddr {
        self.local
    }

    fn poll_receive(&self, cx: &mut Context<'_>, batch: &mut Vec<Datagram>) -> Poll<io::Result<()>> {
        loop {
            let mut ready = ready!(self.socket.poll_read_ready(cx))?;
            match self.receive(batch) {
                Ok(true) => {}
                Ok(false) => ready.clear_ready(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
            if !batch.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn send(&self, batch: &mut Vec<(SocketAddr, Bytes)>) -> usize {
        let (mut done, mut refused) = (0, 0);
        while let Some(rest) = batch.get(done..).filter(|rest| !rest.is_empty()) {
            match self.send_some(rest) {
                Ok(sent) => done += sent.max(1),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    done += 1;
                    refused += 1;
                }
            }
        }
        batch.drain(..done.min(batch.len()));
        refused
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut blocked = self.blocked.borrow_mut();
        if blocked.is_none() {
            let twin = self.socket.get_ref().try_clone();
            // Without a descriptor to wait with, the next packet that arrives brings the next attempt.
            let Ok(twin) = twin.and_then(|twin| watch(twin, Interest::WRITABLE)) else {
                return Poll::Pending;
            };
            *blocked = Some(twin);
        }
        let writable = blocked.as_ref().map_or(Poll::Pending, |twin| twin.poll_write_ready(cx).map(|_| ()));
        if writable.is_ready() {
            *blocked = None;
        }
        writable
    }
}

/// The successor of this function is `unsafe` because of owners that change or close their descriptor. A socket does
/// neither for as long as it lives.
#[expect(
    deprecated,
    reason = "its successor is unsafe, which is forbidden here, for a reason that does not hold here"
)]
fn watch(socket: Socket, interest: Interest) -> io::Result<AsyncFd<Socket>> {
    AsyncFd::with_interest(socket, interest)
}

/// By privilege if there is any, else as far as the system's limits allow. Either is fine.
fn enlarge(socket: &Socket) {
    if setsockopt(socket, RcvBufForce, &BUFFER).is_err() {
        let _ = socket.set_recv_buffer_size(BUFFER);
    }
    if setsockopt(socket, SndBufForce, &BUFFER).is_err() {
        let _ = socket.set_send_buffer_size(BUFFER);
    }
}

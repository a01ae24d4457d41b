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
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg};
use socket2::Socket;
use tokio::{io::Interest, net::UdpSocket};

use crate::net::{Datagram, Datagrams};

/// Packets a system call.
const BATCH: usize = 32;
/// The longest packet that UDP can carry.
const LONGEST: usize = 65_536;
/// What is asked of the kernel for either direction. At its default of 208 KiB some fifty MC messages fill a socket,
/// which a scheduling gap of 5 ms does at 10,000/s.
const BUFFER: usize = 8 << 20;

pub(super) struct KernelDatagrams {
    socket: UdpSocket,
    local: SocketAddr,
    receiving: RefCell<Receiving>,
    sending: RefCell<MultiHeaders<SockaddrStorage>>,
}

struct Receiving {
    headers: MultiHeaders<SockaddrStorage>,
    buffers: Vec<Vec<u8>>,
}

impl KernelDatagrams {
    pub(super) fn new(socket: Socket) -> io::Result<Self> {
        // The kernel grants what its limits allow and says no to the rest; either is fine.
        let _ = socket.set_recv_buffer_size(BUFFER);
        let _ = socket.set_send_buffer_size(BUFFER);
        let socket = UdpSocket::from_std(socket.into())?;
        let local = socket.local_addr()?;
        Ok(Self {
            socket,
            local,
            receiving: RefCell::new(Receiving {
                headers: MultiHeaders::preallocate(BATCH, None),
                buffers: (0..BATCH).map(|_| vec![0; LONGEST]).collect(),
            }),
            sending: RefCell::new(MultiHeaders::preallocate(BATCH, None)),
        })
    }

    /// One `recvmmsg`. `WouldBlock` also when something came but nothing is left, which makes the runtime wait for the
    /// next edge instead of asking once more.
    fn receive(&self, batch: &mut Vec<Datagram>) -> io::Result<()> {
        let Receiving { headers, buffers } = &mut *self.receiving.borrow_mut();
        let mut slices: Vec<[IoSliceMut<'_>; 1]> =
            buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer.as_mut_slice())]).collect();
        let before = batch.len();
        let results =
            recvmmsg(self.socket.as_raw_fd(), headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None)?;
        for result in results {
            let from = result.address.as_ref().and_then(address);
            if let (Some(from), Some(bytes)) = (from, result.iovs().next()) {
                batch.push(Datagram { from, bytes: Bytes::copy_from_slice(bytes) });
            }
        }
        if batch.len() - before < BATCH { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
    }

    fn send_some(&self, batch: &[(SocketAddr, Bytes)]) -> io::Result<usize> {
        if let [(to, bytes)] = batch {
            return socket2::SockRef::from(&self.socket).send_to(bytes, &(*to).into()).map(|_| 1);
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
            ready!(self.socket.poll_recv_ready(cx))?;
            let outcome = self.socket.try_io(Interest::READABLE, || self.receive(batch));
            match outcome {
                _ if !batch.is_empty() => return Poll::Ready(Ok(())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return Poll::Ready(other),
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
        let full = || -> io::Result<()> { Err(io::ErrorKind::WouldBlock.into()) };
        // Said once per wait: the edge that comes is then a new one.
        let _ = self.socket.try_io(Interest::WRITABLE, full);
        self.socket.poll_send_ready(cx).map(|_| ())
    }
}

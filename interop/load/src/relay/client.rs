//! The user agent client before the proxy: an open loop at a fixed rate.

use std::{cell::RefCell, io, rc::Rc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, UdpSocket},
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

use super::{
    Options, Transport, datagram,
    message::{self, Template},
};
use crate::{
    sip,
    stream::{Tls, client_end},
    tally::Tally,
};

type Shared = Rc<RefCell<Tally>>;

/// Sends at the asked rate, waits for stragglers, and hands over the tally.
pub async fn run(options: &Options, template: Template, tls: Option<Tls>) -> io::Result<Tally> {
    let total = usize::try_from(options.rate * options.seconds).unwrap_or(usize::MAX);
    let tally: Shared = Rc::new(RefCell::new(Tally::new(total)));
    let (name, senders) = open(options, tls.as_ref(), &tally).await?;
    pace(options, total, &tally, |count| {
        let n = tally.borrow_mut().sending();
        if let Some(sender) = senders.get(count % senders.len()) {
            let _ = sender.send(template.print(n, &name));
        }
    })
    .await;
    let all = async {
        while !tally.borrow().is_complete() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let _ = timeout(Duration::from_secs(5), all).await;
    Ok(tally.replace(Tally::new(0)))
}

/// Calls `send` `total` times, evenly over the asked span, in groups of a millisecond.
async fn pace(options: &Options, total: usize, tally: &Shared, mut send: impl FnMut(usize)) {
    let start = Instant::now();
    let mut tick = interval(Duration::from_millis(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut count = 0;
    while count < total {
        let wanted = tick.tick().await;
        tally.borrow_mut().late(wanted.elapsed());
        let due = (start.elapsed().as_secs_f64() * options.rate as f64) as usize;
        while count < due.min(total) {
            send(count);
            count += 1;
        }
    }
}

type Senders = Vec<mpsc::UnboundedSender<Vec<u8>>>;

async fn open(options: &Options, tls: Option<&Tls>, tally: &Shared) -> io::Result<(String, Senders)> {
    if options.transport == Transport::Udp {
        let socket = Rc::new(datagram::bind(options.client)?);
        socket.connect(options.proxy).await?;
        let name = socket.local_addr()?.to_string();
        return Ok((name, vec![datagrams(socket, tally.clone())]));
    }
    let mut senders = Vec::new();
    let mut name = options.client.to_string();
    for _ in 0..options.connections.max(1) {
        let socket = TcpSocket::new_v4()?;
        socket.bind(options.client)?;
        let stream = socket.connect(options.proxy).await?;
        name = stream.local_addr()?.to_string();
        let octets = client_end(stream, tls).await?;
        senders.push(octet_stream(octets, tally.clone()));
    }
    Ok((name, senders))
}

fn datagrams(socket: Rc<UdpSocket>, tally: Shared) -> mpsc::UnboundedSender<Vec<u8>> {
    let (sender, mut outgoing) = mpsc::unbounded_channel::<Vec<u8>>();
    let receiving = socket.clone();
    tokio::task::spawn_local(async move {
        let mut buffer = vec![0; 65_536];
        while let Ok(length) = receiving.recv(&mut buffer).await {
            if let Some((n, status)) = message::answer(buffer.get(..length).unwrap_or_default()) {
                tally.borrow_mut().answer(n, status);
            }
        }
    });
    tokio::task::spawn_local(async move {
        while let Some(request) = outgoing.recv().await {
            let _ = socket.send(&request).await;
        }
    });
    sender
}

fn octet_stream(octets: Box<dyn crate::stream::Octets>, tally: Shared) -> mpsc::UnboundedSender<Vec<u8>> {
    let (sender, mut outgoing) = mpsc::unbounded_channel::<Vec<u8>>();
    let (mut reading, mut writing) = tokio::io::split(octets);
    tokio::task::spawn_local(async move {
        let mut buffer = Vec::new();
        while matches!(reading.read_buf(&mut buffer).await, Ok(read) if read > 0) {
            while let Some(response) = sip::cut(&mut buffer) {
                if let Some((n, status)) = message::answer(&response) {
                    tally.borrow_mut().answer(n, status);
                }
            }
        }
    });
    tokio::task::spawn_local(async move {
        while let Some(request) = outgoing.recv().await {
            if writing.write_all(&request).await.is_err() || writing.flush().await.is_err() {
                return;
            }
        }
    });
    sender
}

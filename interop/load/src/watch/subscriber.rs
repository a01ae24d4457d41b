//! The subscriber's end: SUBSCRIBE over a connection of our own, NOTIFY over whichever the server chooses.

use std::{cell::Cell, io, net::SocketAddr, rc::Rc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
};

use super::{Options, dialogs::Dialogs};
use crate::{
    sip,
    stream::{Octets, Tls, client_end, server_end},
};

/// Before the number of a subscription in its Call-ID.
const CALL: &str = "watch-";

/// The way to the notifier.
pub struct Subscriber {
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
    /// Places for SUBSCRIBEs that are not answered yet.
    room: Rc<Semaphore>,
    draft: Draft,
    count: usize,
}

/// A SUBSCRIBE but for its number.
struct Draft {
    identity: String,
    listen: SocketAddr,
    body: String,
}

impl Subscriber {
    pub async fn connect(options: &Options, tls: &Tls, dialogs: Rc<Dialogs>) -> io::Result<Self> {
        let stream = TcpStream::connect(options.notifier).await?;
        let (reading, writing) = tokio::io::split(client_end(stream, Some(tls)).await?);
        let room = Rc::new(Semaphore::new(options.at_once));
        let (outgoing, waiting) = mpsc::unbounded_channel();
        tokio::task::spawn_local(write(writing, waiting));
        tokio::task::spawn_local(read(reading, outgoing.clone(), dialogs, Some(room.clone())));
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"{}\"/></list></resource-lists>",
            options.document
        );
        let draft = Draft { identity: options.identity.clone(), listen: options.listen, body };
        Ok(Self { outgoing, room, draft, count: options.subscriptions })
    }

    /// Sends them all, as places come free.
    pub async fn subscribe_all(&self) {
        for number in 0..self.count {
            let Ok(place) = self.room.acquire().await else { return };
            // Whoever reads the answer gives it back.
            place.forget();
            let _ = self.outgoing.send(self.draft.print(number));
        }
    }
}

impl Draft {
    fn print(&self, number: usize) -> Vec<u8> {
        let Self { identity, listen, body } = self;
        let lines = [
            format!("SUBSCRIBE {identity} SIP/2.0"),
            format!("Via: SIP/2.0/TLS {listen};branch=z9hG4bKwatch{number}"),
            "Max-Forwards: 70".to_owned(),
            format!("From: <sip:watch@{listen}>;tag=w{number}"),
            format!("To: <{identity}>"),
            format!("Call-ID: {CALL}{number}"),
            "CSeq: 1 SUBSCRIBE".to_owned(),
            format!("Contact: <sip:watch@{listen};transport=tls>"),
            "Event: xcap-diff".to_owned(),
            "Accept: application/xcap-diff+xml".to_owned(),
            "Expires: 3600".to_owned(),
            "Content-Type: application/resource-lists+xml".to_owned(),
            format!("Content-Length: {}", body.len()),
        ];
        format!("{}\r\n\r\n{body}", lines.join("\r\n")).into_bytes()
    }
}

/// Takes the connections that the notifier opens.
pub async fn serve(listener: TcpListener, tls: Tls, dialogs: Rc<Dialogs>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, dialogs) = (tls.clone(), dialogs.clone());
        tokio::task::spawn_local(async move {
            let Ok(octets) = server_end(stream, Some(&tls)).await else { return };
            let (reading, writing) = tokio::io::split(octets);
            let (outgoing, waiting) = mpsc::unbounded_channel();
            tokio::task::spawn_local(write(writing, waiting));
            read(reading, outgoing, dialogs, None).await;
        });
    }
}

async fn write(mut writing: WriteHalf<Box<dyn Octets>>, mut waiting: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(mut octets) = waiting.recv().await {
        while let Ok(more) = waiting.try_recv() {
            octets.extend_from_slice(&more);
        }
        if writing.write_all(&octets).await.is_err() || writing.flush().await.is_err() {
            return;
        }
    }
}

async fn read(
    mut reading: ReadHalf<Box<dyn Octets>>,
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
    dialogs: Rc<Dialogs>,
    room: Option<Rc<Semaphore>>,
) {
    let mut buffer = Vec::with_capacity(64 << 10);
    let complained = Cell::new(false);
    while matches!(reading.read_buf(&mut buffer).await, Ok(read) if read > 0) {
        let mut answers = Vec::new();
        while let Some(message) = sip::cut(&mut buffer) {
            if let Some(status) = sip::status(&message) {
                if status < 200 {
                    continue;
                }
                if let Some(room) = &room {
                    room.add_permits(1);
                }
                if status >= 300 {
                    dialogs.refuse();
                    if !complained.replace(true) {
                        eprintln!("SUBSCRIBE was refused: {}", String::from_utf8_lossy(&message));
                    }
                }
            } else {
                answers.extend(sip::accept(&message));
                if let Some(number) =
                    sip::field(&message, "Call-ID").and_then(|id| id.strip_prefix(CALL)?.parse().ok())
                {
                    dialogs.notified(number);
                }
            }
        }
        if !answers.is_empty() && outgoing.send(answers).is_err() {
            return;
        }
    }
}

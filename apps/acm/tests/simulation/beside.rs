//! The servers beside the ACM server of `b.example`, and the way to them.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::{FutureExt as _, future};
use http::{Method, Request, Response};
use kit::testing::arrival;
use wire::{
    BoxFuture, Hop, WireError,
    web::{Web, WebService as _},
};

use super::{life::Life, net::Net, world::VISITOR};
use crate::neighbours::{Fake, given, profile, profile_of};

/// The visitor at home.
const AT_HOME: &str = "sip:visitor@a.example";

/// The servers, and which profiles were put in place of others, by their names.
#[derive(Clone, Default)]
pub struct Beside {
    pub fake: Fake,
    pub applied: Arc<Mutex<Vec<String>>>,
}

impl Beside {
    /// The visitor has been admitted, and has a profile.
    pub fn new() -> Self {
        let this = Self::default();
        assert_eq!(given(AT_HOME), VISITOR);
        this.fake.held(|held| {
            held.admitted.insert(AT_HOME.into(), true);
            held.documents.insert(profile_of(VISITOR), (1, profile(VISITOR, "first")));
            held.documents.insert(
                profile_of(crate::neighbours::TEMPLATE),
                (1, profile("sip:visitor@b.example", "Visitor")),
            );
        });
        this
    }
}

/// The name in a profile.
fn name(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let rest = text.split("<Name>").nth(1).unwrap_or_default();
    rest.split('<').next().unwrap_or_default().to_owned()
}

/// The way of one process to them.
pub struct Path {
    pub net: Arc<Net>,
    pub life: Arc<Life>,
    pub beside: Beside,
}

impl Web for Path {
    fn fetch(
        &self,
        request: Request<Bytes>,
        _: Hop,
    ) -> BoxFuture<'static, Result<Response<Bytes>, WireError>> {
        let (net, life, beside) = (Arc::clone(&self.net), Arc::clone(&self.life), self.beside.clone());
        async move {
            if life.is_over() {
                return future::pending().await;
            }
            net.sleep(net.chance.millis(0, 300)).await;
            let weather = net.weather;
            let roll = if net.is_calm() { 100 } else { net.chance.below(100) };
            if roll < weather.lost {
                if roll % 2 == 0 && request.uri().path().starts_with("/mcx/") {
                    // It is not lost, but held up for longer than anybody waits.
                    let (later, end) = (Arc::clone(&net), beside.clone());
                    net.spawn(async move {
                        later.sleep(later.chance.seconds(1, 120)).await;
                        let _ = end.fake.serve(request, arrival("inner", "acm1.core.b.example")).await;
                    });
                }
                return Err(WireError::Unreachable("as the weather has it".into()));
            }
            let is_update = request.method() == Method::PUT && request.uri().path() == profile_of(VISITOR);
            let name = name(request.body());
            let response = beside.fake.serve(request, arrival("inner", "acm1.core.b.example")).await;
            if is_update && response.status().is_success() {
                net.say(|| format!("the profile becomes {name}"));
                beside.applied.lock().unwrap().push(name);
            }
            net.sleep(net.chance.millis(0, 300)).await;
            if roll < weather.lost + weather.unanswered {
                return Err(WireError::Interrupted("as the weather has it".into()));
            }
            Ok(response)
        }
        .boxed()
    }
}

//! Documents of an own server, as they are fetched.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request as WebRequest, Response as WebResponse};
use kit::{
    Cause,
    documents::{self, Applied, Documents},
};
use wire::{Arrival, BoxFuture, web::WebService};

/// Documents over HTTP. What is missing is answered with the cause that is set.
pub struct Site {
    pub(super) documents: Arc<Documents>,
    pub(super) missing: Mutex<Option<Cause>>,
    pub(super) asked: Mutex<Vec<String>>,
}

impl WebService for Site {
    fn serve(&self, request: WebRequest<Bytes>, _: Arrival) -> BoxFuture<'static, WebResponse<Bytes>> {
        let path = request.uri().path().to_owned();
        let target = self.documents.target(&path).expect("a document");
        self.asked.lock().unwrap().push(target.selector());
        let (documents, missing) = (Arc::clone(&self.documents), *self.missing.lock().unwrap());
        Box::pin(async move {
            let asked = xcap::Request {
                method: xcap::Method::Get,
                target: &target,
                content_type: None,
                conditions: xcap::Conditions::default(),
                body: &[],
            };
            match (documents.apply(&asked).await, missing) {
                (Ok(Applied::Answered(answer)), Some(cause)) if answer.status == 404 => cause.web(),
                (Ok(Applied::Answered(answer)), _) => documents::answer(answer),
                _ => Cause::Fault.web(),
            }
        })
    }
}

impl Site {
    pub fn answers_what_is_missing_with(&self, cause: Cause) {
        *self.missing.lock().unwrap() = Some(cause);
    }

    /// How often a group was asked for.
    pub fn asked_for(&self, group: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|selector| selector.ends_with(&format!("/{group}"))).count()
    }
}

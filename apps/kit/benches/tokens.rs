//! What a token costs: verified for the first time, and again. Issue figure: again under 2 µs.

use std::time::{Duration, SystemTime};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use kit::tokens::{Grant, Issuer, Signer, Tokens};
use xml_schemas::ids::McServiceId;

const ISSUER: &str = "https://idms.primary.example";

fn signer() -> Option<Signer> {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).ok()?;
    Signer::new(ISSUER, key.as_ref()).ok()
}

fn token(signer: &Signer, number: usize) -> Option<String> {
    let user = McServiceId::new(&format!("sip:user{number}@primary.example")).ok()?;
    let scopes = ["openid", "3gpp:mc:ptt_service", "3gpp:mc:ptt_group_management_service"];
    let (issued, lasts) = (SystemTime::UNIX_EPOCH, Duration::from_secs(3_600));
    signer.sign(&Grant { user: &user, audience: &["mcx"], scopes: &scopes, issued, lasts }).ok()
}

fn measure(criterion: &mut Criterion) {
    let Some(signer) = signer() else { return };
    let Ok(issuer) = Issuer::new(ISSUER, vec!["mcx".to_owned()], signer.jwks().as_bytes()) else { return };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
    let tokens = Tokens::new(vec![issuer]);
    let many: Vec<String> = (0..20_000).filter_map(|number| token(&signer, number)).collect();
    let first = many.first().map(String::as_str).unwrap_or_default();
    let jwks = signer.jwks();
    criterion.bench_function("a token for the first time", |bencher| {
        let fresh = || {
            Issuer::new(ISSUER, vec!["mcx".to_owned()], jwks.as_bytes())
                .map(|issuer| Tokens::new(vec![issuer]))
        };
        bencher.iter_batched(
            fresh,
            |tokens| tokens.is_ok_and(|tokens| tokens.verify(first, now).is_ok()),
            BatchSize::SmallInput,
        );
    });
    let verified = many.iter().filter(|token| tokens.verify(token, now).is_ok()).count();
    assert_eq!(verified, many.len(), "every token counts");
    let mut next = many.iter().cycle();
    criterion.bench_function("a token again, of 20,000", |bencher| {
        bencher.iter(|| next.next().is_some_and(|token| tokens.verify(token, now).is_ok()));
    });
}

criterion_group!(benches, measure);
criterion_main!(benches);

use ::redb::backends::InMemoryBackend;

use super::*;

fn numbers(count: usize) -> Vec<u8> {
    (0..count).map(|number| u8::try_from(number % 251).unwrap()).collect()
}

fn memory(content: &[u8]) -> InMemoryBackend {
    let memory = InMemoryBackend::new();
    memory.set_len(content.len() as u64).unwrap();
    memory.write(0, content).unwrap();
    memory
}

/// Shared, so that what is beneath can be looked at.
#[derive(Clone, Debug)]
struct Shared(std::sync::Arc<InMemoryBackend>);

impl StorageBackend for Shared {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}

/// Whatever is done, it reads as a disk would and leaves what is beneath alone.
#[test]
fn it_is_like_a_disk_and_leaves_the_file_alone() {
    let content = numbers(3 * PIECE + 100);
    let beneath = Shared(std::sync::Arc::new(memory(&content)));
    let (overlay, model) = (Overlay::new(Box::new(beneath.clone())).unwrap(), memory(&content));
    let mut state = 1_u64;
    let mut next = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    for round in 0..2_000 {
        if next(8) == 0 {
            let len = next(6 * STEP);
            overlay.set_len(len).unwrap();
            model.set_len(len).unwrap();
        }
        let len = model.len().unwrap();
        assert_eq!(overlay.len().unwrap(), len);
        let offset = next(len + 1);
        let count = usize::try_from(next(len - offset + 1)).unwrap();
        if next(3) == 0 {
            let data = vec![u8::try_from(round % 255).unwrap(); count];
            overlay.write(offset, &data).unwrap();
            model.write(offset, &data).unwrap();
        }
        let (mut read, mut expected) = (vec![0; count], vec![0; count]);
        overlay.read(offset, &mut read).unwrap();
        model.read(offset, &mut expected).unwrap();
        assert!(read == expected, "{round}: {count} at {offset} of {len}");
    }
    let mut now = vec![0; content.len()];
    beneath.read(0, &mut now).unwrap();
    assert!(beneath.len().unwrap() == content.len() as u64 && now == content);
}

#[test]
fn beyond_the_end_is_nothing() {
    let overlay = Overlay::new(Box::new(memory(&[1; 10]))).unwrap();
    assert!(overlay.read(5, &mut [0; 6]).is_err() && overlay.write(5, &[0; 6]).is_err());
    assert!(Overlay::new(Box::new(memory(&[]))).is_err(), "nothing to be read");
}

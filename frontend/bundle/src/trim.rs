//! What a finished app has in it and nobody needs.

use anyhow::{Result, anyhow};
use walrus::ir::{Instr, InstrLocId, Unreachable, Value};
use walrus::{ConstExpr, DataId, DataKind, FunctionKind, LocalFunction, Module};

/// What `wasm-streams` brings for leptos' server functions, of which we have none. It alone makes promises of futures
/// (`clippy.toml` forbids us to), and their code does not bear its name.
const STREAMS: [&str; 2] = ["wasm_streams", "17future_to_promise"];

/// Takes away what nobody calls, and the places that nobody reads.
///
/// # Errors
/// The module is not as wasm-bindgen leaves it.
pub fn trim(module: &mut Module) -> Result<()> {
    forget_streams(module)?;
    for function in module.funcs.iter_mut() {
        let name = function.name.clone().unwrap_or_default();
        if let (true, FunctionKind::Local(body)) =
            (STREAMS.iter().any(|stream| name.contains(stream)), &mut function.kind)
        {
            end_here(body);
        }
    }
    forget_places(module);
    Ok(())
}

/// Replaces what a function does by the end of the app.
fn end_here(function: &mut LocalFunction) {
    let entry = function.entry_block();
    let block = function.block_mut(entry);
    block.instrs.clear();
    block.instrs.push((Instr::from(Unreachable {}), InstrLocId::default()));
}

/// Takes away what `wasm-streams` offers to JavaScript: as long as JavaScript could call it, nothing knows that nobody does.
fn forget_streams(module: &mut Module) -> Result<()> {
    let streams = |name: &str| name.trim_start_matches("__wbg_").starts_with("intounderlying");
    let names: Vec<String> =
        module.exports.iter().map(|export| export.name.clone()).filter(|name| streams(name)).collect();
    names.iter().try_for_each(|name| module.exports.remove(name).map(|_| ())).map_err(|error| anyhow!("{error:#}"))
}

/// Empties the places in the source that a mistake would have been reported from (`core::panic::Location`: where the
/// file's name is, its length, line and column), and the names of the files. Nobody reads them any more.
fn forget_places(module: &mut Module) {
    let active = module.data.iter().filter_map(|data| match &data.kind {
        DataKind::Active { offset: ConstExpr::Value(Value::I32(at)), .. } => Some((*at, data.id(), data.value.clone())),
        _ => None,
    });
    let at = |(at, id, bytes): (i32, _, _)| Some(Memory { at: usize::try_from(at).ok()?, id, bytes });
    let mut memory: Vec<Memory> = active.filter_map(at).collect();
    let mut places = Vec::new();
    for Memory { at, bytes, .. } in &memory {
        // A place lies where four bytes begin.
        let first = at.wrapping_neg() % 4;
        for from in (first..bytes.len().saturating_sub(15)).step_by(4) {
            let word = |number: usize| {
                let word = bytes.get(from + number * 4..from + number * 4 + 4)?;
                word.try_into().ok().map(u32::from_le_bytes).map(|word| word as usize)
            };
            let (Some(file), Some(length), Some(line), Some(column)) = (word(0), word(1), word(2), word(3)) else {
                continue;
            };
            let likely = (6..200).contains(&length) && (1..20_000).contains(&line) && (1..500).contains(&column);
            if likely && is_source(&memory, file, length) {
                places.push((at + from, 16));
                places.push((file, length));
            }
        }
    }
    for (place, length) in places {
        let there = memory.iter_mut().find(|Memory { at, bytes, .. }| (*at..at + bytes.len()).contains(&place));
        if let Some(Memory { at, bytes, .. }) = there {
            bytes[place - *at..place - *at + length].fill(0);
        }
    }
    for Memory { id, bytes, .. } in memory {
        module.data.get_mut(id).value = bytes;
    }
}

/// A piece of the memory that the app begins with.
struct Memory {
    at: usize,
    id: DataId,
    bytes: Vec<u8>,
}

/// Whether the name of a file of Rust's lies there.
fn is_source(memory: &[Memory], place: usize, length: usize) -> bool {
    memory.iter().any(|Memory { at, bytes, .. }| {
        let text = place.checked_sub(*at).and_then(|from| bytes.get(from..from.checked_add(length)?));
        text.is_some_and(|text| text.ends_with(b".rs") && text.iter().all(|byte| (b' '..=b'~').contains(byte)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_emptied_and_nothing_else() {
        let mut module = Module::default();
        let memory = module.memories.add_local(false, false, 1, None, None);
        let mut value = b"src/lib.rs\0\0word".to_vec();
        for word in [1024_u32, 10, 7, 5, 1024, 3, 7, 5] {
            value.extend(word.to_le_bytes());
        }
        let offset = ConstExpr::Value(Value::I32(1024));
        let data = module.data.add(DataKind::Active { memory, offset }, value);
        forget_places(&mut module);
        let value = &module.data.get(data).value;
        assert_eq!(value[..16], *b"\0\0\0\0\0\0\0\0\0\0\0\0word");
        assert!(value[16..32].iter().all(|byte| *byte == 0));
        assert_eq!(value[32..36], 1024_u32.to_le_bytes());
    }
}

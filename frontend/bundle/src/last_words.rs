//! What only a mistake in the app would run, or a log that no browser writes. It is taken out of what the linker made, before
//! the app is split: so everything that only it needs, its words in the data not least, goes with it.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{Context, Result, ensure};
use wasm_encoder::{CustomSection, Encode, RawSection};
use wasmparser::{
    CustomSectionReader, FunctionBody, KnownCustom, Name, NameSectionReader, Operator, Parser, Payload,
    RelocSectionReader, TypeRef,
};

/// Functions that are only called when the app has made a mistake, and never return: what their mangled names have in
/// them. They would write what was wrong to the console, and where in the source; a build with `--dev` does. In the
/// finished app they end it as they did, without a word: the words, the places, and what puts them together are a
/// tenth of what everybody would download.
const LAST_WORDS: [&str; 16] = [
    "rust_begin_unwind",
    "4core6option13unwrap_failed",
    "4core6option13expect_failed",
    "4core6result13unwrap_failed",
    "4core5slice5index16slice_index_fail",
    "4core3str16slice_error_fail",
    "4core4cell22panic_already_borrowed",
    "4core4cell30panic_already_mutably_borrowed",
    "6thread5local18panic_access_error",
    "6remove13assert_failed",
    "6insert13assert_failed",
    "5alloc7raw_vec12handle_error",
    "5alloc7raw_vec17capacity_overflow",
    "5alloc5alloc18handle_alloc_error",
    "9smallsort22panic_on_ord_violation",
    "3std9panicking15panic_with_hook",
];

/// All of `core::panicking`, but for what is implemented there for others.
const PANICKING: [&str; 2] = ["4core9panicking", "core..panicking"];

/// How the forms that `Debug` gives to things are named, mangled in the one way and in the other. They are made for last words
/// and for logs; nobody is shown one.
const DEBUG: [&str; 2] = ["5Debug3fmt", "core..fmt..Debug$GT$3fmt"];

const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;
/// No locals, and the end of the app.
const ENDS: [u8; 2] = [0, UNREACHABLE];
/// No locals, and the number 0, which is `Ok(())`.
const WRITES_NOTHING: [u8; 3] = [0, 0x41, 0];

/// What becomes of a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Ends,
    WritesNothing,
}

impl Fate {
    fn of(name: &str) -> Option<Self> {
        if is_last_word(name) {
            Some(Self::Ends)
        } else if DEBUG.iter().any(|debug| name.contains(debug)) {
            Some(Self::WritesNothing)
        } else {
            None
        }
    }
}

fn is_last_word(name: &str) -> bool {
    let of_others = name.starts_with("_RNvX") || name.starts_with("_RNvM") || name.contains("3fmt");
    LAST_WORDS.iter().any(|word| name.contains(word))
        || (!of_others && PANICKING.iter().any(|module| name.contains(module)))
}

/// The module without them. Every function, and everything in one, stays where it is: what goes is written over.
///
/// # Errors
/// It is not what the linker makes with `--emit-relocs`.
pub fn remove(raw: &[u8]) -> Result<Vec<u8>> {
    let fates = fates(raw)?;
    let mut bytes = raw.to_vec();
    let mut gone = Vec::new();
    let mut over = |range: Range<usize>, by: &[u8], end: &[u8]| -> Result<()> {
        let place = bytes.get_mut(range.clone()).context("a function lies outside of the module")?;
        if place.len() >= by.len() + end.len() {
            place.fill(NOP);
            place[..by.len()].copy_from_slice(by);
            let rest = place.len() - end.len();
            place[rest..].copy_from_slice(end);
            gone.push(range);
        }
        Ok(())
    };
    let (mut function, mut code) = (imported(raw)?, 0);
    for payload in Parser::new(0).parse_all(raw) {
        match payload? {
            Payload::CodeSectionStart { range, .. } => code = usize::try_from(range.start)?,
            Payload::CodeSectionEntry(body) => {
                match fates.get(&function) {
                    Some(Fate::Ends) => over(place(&body.range())?, &ENDS, &[END])?,
                    Some(Fate::WritesNothing) => over(place(&body.range())?, &WRITES_NOTHING, &[END])?,
                    None => {
                        for range in preparations(&body, &fates)? {
                            over(range, &[UNREACHABLE], &[])?;
                        }
                    }
                }
                function += 1;
            }
            _ => {}
        }
    }
    ensure!(code > 0, "the module has no code");
    assemble(&bytes, code, &gone)
}

/// What in a function does nothing but prepare a last word, up to its call.
fn preparations(body: &FunctionBody<'_>, fates: &HashMap<u32, Fate>) -> Result<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut operators = body.get_operators_reader()?;
    let mut from = usize::try_from(operators.original_position())?;
    while !operators.eof() {
        let operator = operators.read()?;
        let to = usize::try_from(operators.original_position())?;
        match operator {
            Operator::Call { function_index } if fates.get(&function_index) == Some(&Fate::Ends) => {
                found.push(from..to);
                from = to;
            }
            operator if is_mere_preparation(&operator) => {}
            _ => from = to,
        }
    }
    Ok(found)
}

/// Whether nobody misses it where the app ends right after it.
fn is_mere_preparation(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::I32Const { .. }
            | Operator::I64Const { .. }
            | Operator::LocalGet { .. }
            | Operator::LocalSet { .. }
            | Operator::LocalTee { .. }
            | Operator::GlobalGet { .. }
            | Operator::GlobalSet { .. }
            | Operator::I32Add
            | Operator::I32Sub
            | Operator::I32Load { .. }
            | Operator::I64Load { .. }
            | Operator::I32Store { .. }
            | Operator::I32Store8 { .. }
            | Operator::I64Store { .. }
    )
}

/// The functions that go, by their numbers.
fn fates(raw: &[u8]) -> Result<HashMap<u32, Fate>> {
    let mut fates = HashMap::new();
    for section in customs(raw) {
        let KnownCustom::Name(names) = section?.as_known() else { continue };
        fates.extend(fates_by_name(names)?);
    }
    ensure!(!fates.is_empty(), "the module has no names");
    Ok(fates)
}

fn fates_by_name(names: NameSectionReader<'_>) -> Result<Vec<(u32, Fate)>> {
    let mut fates = Vec::new();
    for names in names {
        let Name::Function(names) = names? else { continue };
        for naming in names {
            let naming = naming?;
            fates.extend(Fate::of(naming.name).map(|fate| (naming.index, fate)));
        }
    }
    Ok(fates)
}

/// How many functions come from outside: they are counted first.
fn imported(raw: &[u8]) -> Result<u32> {
    let mut imported = 0;
    for payload in Parser::new(0).parse_all(raw) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports.into_imports() {
                imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
            }
        }
    }
    Ok(imported)
}

fn customs(raw: &[u8]) -> impl Iterator<Item = Result<CustomSectionReader<'_>>> {
    Parser::new(0).parse_all(raw).filter_map(|payload| match payload {
        Ok(Payload::CustomSection(section)) => Some(Ok(section)),
        Ok(_) => None,
        Err(error) => Some(Err(error.into())),
    })
}

/// The module with the linker's notes on its code, without those on what is gone: they say what it needs.
fn assemble(bytes: &[u8], code: usize, gone: &[Range<usize>]) -> Result<Vec<u8>> {
    let mut module = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        if let Payload::CustomSection(section) = &payload
            && let (KnownCustom::Reloc(notes), "reloc.CODE") = (section.as_known(), section.name())
        {
            let data = notes_without(&notes, code, gone)?.into();
            module.section(&CustomSection { name: section.name().into(), data });
        } else if let Some((id, range)) = payload.as_section() {
            module.section(&RawSection { id, data: &bytes[place(&range)?] });
        }
    }
    Ok(module.finish())
}

fn notes_without(notes: &RelocSectionReader<'_>, code: usize, gone: &[Range<usize>]) -> Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut count = 0_u32;
    for note in notes.entries() {
        let note = note?;
        let at = code + note.offset as usize;
        let before = gone.partition_point(|range| range.start <= at);
        if before.checked_sub(1).and_then(|before| gone.get(before)).is_some_and(|range| range.contains(&at)) {
            continue;
        }
        count += 1;
        kept.push(note.ty as u8);
        note.offset.encode(&mut kept);
        note.index.encode(&mut kept);
        if note.ty.addend_kind() != wasmparser::RelocAddendKind::None {
            note.addend.encode(&mut kept);
        }
    }
    let mut data = Vec::new();
    notes.section_index().encode(&mut data);
    count.encode(&mut data);
    data.extend(kept);
    Ok(data)
}

fn place(range: &Range<u64>) -> Result<Range<usize>> {
    Ok(usize::try_from(range.start)?..usize::try_from(range.end)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_never_returns_is_a_last_word() {
        assert!(is_last_word("_RNvNtCsgXGp5Oqx2Ny_4core9panicking9panic_fmt"));
        assert!(is_last_word("_RINvNtCsgXGp5Oqx2Ny_4core9panicking13assert_failedjjEB4_"));
        assert!(is_last_word("_ZN4core9panicking13panic_display17hb1a615e2d1ad759bE"));
        assert!(is_last_word("_RNvNtCsgXGp5Oqx2Ny_4core6result13unwrap_failed"));
        assert!(!is_last_word("_RNvXs_NtCsgXGp5Oqx2Ny_4core9panickingNtB4_10AssertKindNtNtB6_3fmt5Debug3fmt"));
        assert!(!is_last_word("_RNvNtNtCsebHcaeoSrxy_3std9panicking11panic_count17is_zero_slow_path"));
        assert!(!is_last_word("_ZN9hashbrown3raw11Fallibility17capacity_overflow17hbdbacb8c6092cf18E"));
    }

    /// A function that ends the app, one that says why first, and one that does something else, with the linker's notes on
    /// the address and the calls in them.
    fn linked() -> Vec<u8> {
        use wasm_encoder::{
            CodeSection, Function, FunctionSection, Instruction, NameMap, NameSection, TypeSection, ValType,
        };
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], []);
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let bodies: [&[Instruction<'_>]; 3] = [
            &[Instruction::LocalGet(0), Instruction::Drop],
            &[Instruction::Nop, Instruction::I32Const(64), Instruction::Call(0), Instruction::Unreachable],
            &[Instruction::LocalGet(0), Instruction::Call(1)],
        ];
        for body in bodies {
            functions.function(0);
            let mut function = Function::new([]);
            for instruction in body.iter().chain([&Instruction::End]) {
                function.instruction(instruction);
            }
            code.function(&function);
        }
        let (mut names, mut section) = (NameMap::new(), NameSection::new());
        names.append(0, "_RNvNtCsX_4core9panicking5panic");
        section.functions(&names);
        // In section 2: an address at 11 and a call at 14, both in the second function, and a call at 22, in the third.
        let notes = [2, 3, 4, 11, 0, 0, 0, 14, 0, 0, 22, 1];
        let mut module = wasm_encoder::Module::new();
        module.section(&types).section(&functions).section(&code).section(&section);
        module.section(&CustomSection { name: "reloc.CODE".into(), data: (&notes[..]).into() });
        module.finish()
    }

    #[test]
    fn what_prepares_a_last_word_goes_with_what_the_linker_noted_on_it_and_nothing_moves() -> Result<()> {
        let raw = linked();
        let removed = remove(&raw)?;
        walrus::Module::from_buffer(&removed)?;
        let mut bodies = Vec::new();
        let mut notes: Vec<u8> = Vec::new();
        for payload in Parser::new(0).parse_all(&removed) {
            match payload? {
                Payload::CodeSectionEntry(body) => bodies.push(removed[place(&body.range())?].to_vec()),
                Payload::CustomSection(section) if section.name() == "reloc.CODE" => notes.extend(section.data()),
                _ => {}
            }
        }
        assert_eq!(bodies[0], [0, UNREACHABLE, NOP, NOP, END]);
        assert_eq!(bodies[1], [0, NOP, UNREACHABLE, NOP, NOP, NOP, NOP, UNREACHABLE, END]);
        assert_eq!(bodies[2], [0, 0x20, 0, 0x10, 1, END]);
        assert_eq!(notes, [2, 1, 0, 22, 1]);
        Ok(())
    }
}

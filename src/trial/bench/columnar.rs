//! Every run and cell as Parquet: the columns of `runs.csv`, in full precision.

use super::{Bench, Run};
use crate::account::{FIGURES, Kpi};
use crate::files::Draft;
use crate::trial::columnar::{KNOWN, MISSING, column, plain};
use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::Result;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;
use std::io;
use std::path::Path;
use std::prelude::rust_2024::*;
use std::string::ToString;
use std::sync::Arc;
use std::vec;

impl Bench {
    /// Writes every run, the section (cell 0) first and then its cells, to `path`: whole or not at all.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write_parquet(&self, path: &Path, runs: &[Run]) -> io::Result<()> {
        let draft = Draft::beside(path)?;
        self.fill(draft, runs).map_err(plain)?.commit()
    }

    fn fill(&self, draft: Draft, runs: &[Run]) -> Result<Draft> {
        let version = KeyValue::new("potline.version".into(), env!("CARGO_PKG_VERSION").to_string());
        let properties = WriterProperties::builder()
            .set_created_by(concat!("potline ", env!("CARGO_PKG_VERSION")).into())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata(Some(vec![version]))
            .build();
        let mut out = SerializedFileWriter::new(draft, Arc::new(schema()?), Arc::new(properties))?;
        let mut group = out.next_row_group()?;

        let rows: Vec<(&Run, usize, &Kpi)> = runs
            .iter()
            .flat_map(|run| {
                let all = core::iter::once(&run.kpi).chain(&run.cells);
                all.enumerate().map(move |(cell, kpi)| (run, cell, kpi))
            })
            .collect();
        let scenario = |run: &Run| ByteArray::from(self.scenarios[run.place[0]].name.as_str());
        let strategy = |run: &Run| ByteArray::from(self.entrants[run.place[1]].name());
        let scenarios: Vec<ByteArray> = rows.iter().map(|(run, ..)| scenario(run)).collect();
        column::<ByteArrayType>(&mut group, &scenarios, None)?;
        let strategies: Vec<ByteArray> = rows.iter().map(|(run, ..)| strategy(run)).collect();
        column::<ByteArrayType>(&mut group, &strategies, None)?;
        let seeds: Vec<i64> = rows.iter().map(|(run, ..)| self.seeds[run.place[2]].cast_signed()).collect();
        column::<Int64Type>(&mut group, &seeds, None)?;
        let cells: Vec<i32> = rows.iter().map(|(_, cell, _)| *cell as i32).collect();
        column::<Int32Type>(&mut group, &cells, None)?;
        for figure in FIGURES {
            let value = |(_, _, kpi): &(&Run, usize, &Kpi)| (figure.value)(kpi);
            let levels: Vec<i16> =
                rows.iter().map(|row| if value(row).is_some() { KNOWN } else { MISSING }).collect();
            let values: Vec<f64> = rows.iter().filter_map(value).collect();
            column::<DoubleType>(&mut group, &values, Some(&levels))?;
        }
        group.close()?;
        out.into_inner()
    }
}

fn schema() -> Result<Type> {
    let field = |name: &str, physical, repetition, logical| {
        let field = Type::primitive_type_builder(name, physical);
        field.with_repetition(repetition).with_logical_type(logical).build().map(Arc::new)
    };
    let text = || Some(LogicalType::String);
    let mut fields = vec![
        field("scenario", Physical::BYTE_ARRAY, Repetition::REQUIRED, text())?,
        field("strategy", Physical::BYTE_ARRAY, Repetition::REQUIRED, text())?,
        field("seed", Physical::INT64, Repetition::REQUIRED, None)?,
        field("cell", Physical::INT32, Repetition::REQUIRED, None)?,
    ];
    for figure in FIGURES {
        fields.push(field(figure.name, Physical::DOUBLE, Repetition::OPTIONAL, None)?);
    }
    Type::group_type_builder("runs").with_fields(fields).build()
}

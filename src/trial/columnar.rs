//! Trends as Parquet, for runs too long for CSV: `pyarrow`, DuckDB, MATLAB and others read it.
//!
//! Rows go out in groups, sorted by cell, so that a reader of one cell skips the rest. Values are
//! single precision, 7 digits, where a transducer has 4 or 5. Integers are delta-packed, values
//! byte-stream-split, names in a dictionary, all under zstd (Apache Parquet format, "Encodings").

use super::row::{COLUMNS, Row};
use super::settings::RecordSettings;
use super::trends::{Origin, Table};
use crate::files::Draft;
use crate::image::CellId;
use ::parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type, Int64Type};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{ColumnPath, Type};
use std::io;
use std::path::Path;
use std::prelude::rust_2024::*;
use std::string::ToString;
use std::sync::Arc;
use std::{format, vec};

/// Rows of a group, some 200 bytes each while they wait.
const GROUP: usize = 122_880;

/// Definition levels of a value that is there and of one that is not.
pub(super) const KNOWN: i16 = 1;
pub(super) const MISSING: i16 = 0;

/// A file being filled.
pub(super) struct Columnar {
    out: SerializedFileWriter<Draft>,
    waiting: Vec<(CellId, Row)>,
}

impl Columnar {
    pub(super) fn new(path: &Path, settings: &RecordSettings, origin: &Origin) -> io::Result<Self> {
        let draft = Draft::beside(path)?;
        let schema = schema().map_err(plain)?;
        let properties = properties(settings, origin).map_err(plain)?;
        let out = SerializedFileWriter::new(draft, Arc::new(schema), Arc::new(properties)).map_err(plain)?;
        Ok(Self { out, waiting: Vec::new() })
    }

    fn flush(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        // Stable: in order of time within a cell.
        self.waiting.sort_by_key(|(cell, _)| *cell);
        let rows = &self.waiting;
        let mut group = self.out.next_row_group()?;
        let seconds = |row: &Row| (row.time_h * 3_600.0).round() as i64;
        let time: Vec<i64> = rows.iter().map(|(_, row)| seconds(row)).collect();
        column::<Int64Type>(&mut group, &time, None)?;
        let cells: Vec<i32> = rows.iter().map(|(cell, _)| i32::from(cell.0)).collect();
        column::<Int32Type>(&mut group, &cells, None)?;
        for quantity in COLUMNS {
            let value = |(_, row): &(CellId, Row)| (quantity.value)(row) as f32;
            let levels = rows.iter().map(|row| if value(row).is_finite() { KNOWN } else { MISSING });
            let levels: Vec<i16> = levels.collect();
            let values: Vec<f32> = rows.iter().map(value).filter(|value| value.is_finite()).collect();
            column::<FloatType>(&mut group, &values, Some(&levels))?;
        }
        for name in [Row::phase_name, Row::mode_name] {
            let names: Vec<ByteArray> = rows.iter().map(|(_, row)| ByteArray::from(name(row))).collect();
            column::<ByteArrayType>(&mut group, &names, None)?;
        }
        group.close()?;
        self.waiting.clear();
        Ok(())
    }
}

impl Table for Columnar {
    fn push(&mut self, cell: CellId, row: &Row) -> io::Result<()> {
        self.waiting.push((cell, *row));
        if self.waiting.len() >= GROUP { self.flush().map_err(plain) } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.flush().map_err(plain)?;
        self.out.into_inner().map_err(plain)?.commit()
    }
}

/// Writes the next column of `group`.
pub(super) fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Draft>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<()> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("more columns than the schema has".into()));
    };
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

fn schema() -> Result<Type> {
    let field = |name: &str, physical, repetition, logical| {
        let field = Type::primitive_type_builder(name, physical);
        field.with_repetition(repetition).with_logical_type(logical).build().map(Arc::new)
    };
    let cell = LogicalType::integer(16, false);
    let mut fields = vec![
        field("time_s", Physical::INT64, Repetition::REQUIRED, None)?,
        field("cell", Physical::INT32, Repetition::REQUIRED, Some(cell))?,
    ];
    for column in COLUMNS {
        fields.push(field(column.name, Physical::FLOAT, Repetition::OPTIONAL, None)?);
    }
    for name in ["phase", "mode"] {
        fields.push(field(name, Physical::BYTE_ARRAY, Repetition::REQUIRED, Some(LogicalType::String))?);
    }
    Type::group_type_builder("trends").with_fields(fields).build()
}

fn properties(settings: &RecordSettings, origin: &Origin) -> Result<WriterProperties> {
    let mut about = vec![
        KeyValue::new("potline.version".into(), env!("CARGO_PKG_VERSION").to_string()),
        KeyValue::new("potline.scenario".into(), origin.scenario.clone()),
        KeyValue::new("potline.seed".into(), origin.seed.to_string()),
        KeyValue::new("potline.interval_s".into(), settings.interval_s.to_string()),
        KeyValue::new("potline.full".into(), settings.full.to_string()),
        KeyValue::new("unit.time_s".into(), "s".to_string()),
    ];
    let units = COLUMNS.iter().map(|c| KeyValue::new(format!("unit.{}", c.name), c.unit.to_string()));
    about.extend(units);
    let path = ColumnPath::from;
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("potline ", env!("CARGO_PKG_VERSION")).into())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_dictionary_enabled(false)
        .set_key_value_metadata(Some(about));
    for name in ["time_s", "cell"] {
        properties = properties.set_column_encoding(path(name), Encoding::DELTA_BINARY_PACKED);
    }
    for column in COLUMNS {
        properties = properties.set_column_encoding(path(column.name), Encoding::BYTE_STREAM_SPLIT);
    }
    for name in ["phase", "mode"] {
        properties = properties.set_column_dictionary_enabled(path(name), true);
    }
    Ok(properties.build())
}

/// The error of the disk, which the crate wraps.
pub(super) fn plain(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

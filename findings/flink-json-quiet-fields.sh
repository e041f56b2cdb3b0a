#!/usr/bin/env bash
# Package: org.apache.flink:flink-json 2.3.0, the format json of Flink SQL; Java 17 or newer, Maven.
# Behaviour: though ignore-parse-errors is false, a number that does not fit a DECIMAL is NULL, also where the column is NOT NULL;
# 1 in a BOOLEAN is false; the 31st of November in a TIMESTAMP is the 30th; 1.10 in a STRING is 1.1, and an INT drops a fraction.
# A good guess: the documentation says that with this option what cannot be parsed fails, as a number does that does not fit an INT.
# Output seen:
#   DECIMAL(4, 2) NOT NULL: 123.45 is null
#   BOOLEAN NOT NULL: 1 is false
#   TIMESTAMP(3) NOT NULL: "2026-11-31 00:00:00" is 2026-11-30T00:00
#   STRING NOT NULL: 1.10 is 1.1
#   INT NOT NULL: 2.9 is 2
#   INT NOT NULL: 3000000000 fails
#   DATE NOT NULL: "2026-11-31" fails
set -euo pipefail

expected='DECIMAL(4, 2) NOT NULL: 123.45 is null
BOOLEAN NOT NULL: 1 is false
TIMESTAMP(3) NOT NULL: "2026-11-31 00:00:00" is 2026-11-30T00:00
STRING NOT NULL: 1.10 is 1.1
INT NOT NULL: 2.9 is 2
INT NOT NULL: 3000000000 fails
DATE NOT NULL: "2026-11-31" fails'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-json</artifactId><version>2.3.0</version></dependency>
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-table-runtime</artifactId><version>2.3.0</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
XML
mvn --quiet --batch-mode -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory=jars >install.txt

cat >Finding.java <<'JAVA'
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.JsonRowDataDeserializationSchema;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

@SuppressWarnings("deprecation")
public class Finding {
  static void tell(DataType type, String json) throws Exception {
    var row = (RowType) DataTypes.ROW(DataTypes.FIELD("field", type.notNull())).getLogicalType();
    var failOnMissingField = true;
    var ignoreParseErrors = false;
    var format = new JsonRowDataDeserializationSchema(
        row, InternalTypeInfo.of(row), failOnMissingField, ignoreParseErrors, TimestampFormat.SQL);
    format.open(null);
    String seen;
    try {
      var data = (GenericRowData) format.deserialize(("{\"field\":" + json + "}").getBytes(UTF_8));
      seen = " is " + data.getField(0);
    } catch (IOException error) {
      seen = " fails";
    }
    System.out.println(type.notNull() + ": " + json + seen);
  }

  public static void main(String[] arguments) throws Exception {
    tell(DataTypes.DECIMAL(4, 2), "123.45");
    tell(DataTypes.BOOLEAN(), "1");
    tell(DataTypes.TIMESTAMP(3), "\"2026-11-31 00:00:00\"");
    tell(DataTypes.STRING(), "1.10");
    tell(DataTypes.INT(), "2.9");
    tell(DataTypes.INT(), "3000000000");
    tell(DataTypes.DATE(), "\"2026-11-31\"");
  }
}
JAVA

seen=$(java -cp 'jars/*' Finding.java)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }

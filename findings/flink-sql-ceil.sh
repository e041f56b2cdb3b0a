#!/usr/bin/env bash
# Package: org.apache.flink:flink-table-planner-loader 2.3.0, Flink SQL; Java 17 or newer, Maven.
# Behaviour: CEIL to QUARTER takes the first moment of April, July and October for one that is past it, and gives the next quarter.
# CEIL to MONTH and YEAR takes no notice of the time of the first day, and gives a moment before its argument.
# A good guess: the documentation says that CEIL rounds up to the unit, so that the first moment of a unit stays as it is, as in
# January and as for a month, and the result is never before the argument.
# Output seen:
#   CEIL(TIMESTAMP '2026-04-02 00:00:00' TO QUARTER) is 2026-07-01T00:00
#   CEIL(TIMESTAMP '2026-04-01 00:00:00' TO QUARTER) is 2026-07-01T00:00
#   CEIL(DATE '2026-10-01' TO QUARTER) is 2027-01-01
#   CEIL(TIMESTAMP '2026-01-01 00:00:00' TO QUARTER) is 2026-01-01T00:00
#   CEIL(TIMESTAMP '2026-06-02 12:00:00' TO MONTH) is 2026-07-01T00:00
#   CEIL(TIMESTAMP '2026-06-01 12:00:00' TO MONTH) is 2026-06-01T00:00
#   CEIL(TIMESTAMP '2026-01-01 23:59:59' TO YEAR) is 2026-01-01T00:00
#   CEIL(TIMESTAMP '2026-06-01 12:00:00' TO DAY) is 2026-06-02T00:00
set -euo pipefail

expected=$(cat <<'TEXT'
CEIL(TIMESTAMP '2026-04-02 00:00:00' TO QUARTER) is 2026-07-01T00:00
CEIL(TIMESTAMP '2026-04-01 00:00:00' TO QUARTER) is 2026-07-01T00:00
CEIL(DATE '2026-10-01' TO QUARTER) is 2027-01-01
CEIL(TIMESTAMP '2026-01-01 00:00:00' TO QUARTER) is 2026-01-01T00:00
CEIL(TIMESTAMP '2026-06-02 12:00:00' TO MONTH) is 2026-07-01T00:00
CEIL(TIMESTAMP '2026-06-01 12:00:00' TO MONTH) is 2026-06-01T00:00
CEIL(TIMESTAMP '2026-01-01 23:59:59' TO YEAR) is 2026-01-01T00:00
CEIL(TIMESTAMP '2026-06-01 12:00:00' TO DAY) is 2026-06-02T00:00
TEXT
)

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
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-table-planner-loader</artifactId><version>2.3.0</version></dependency>
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-table-runtime</artifactId><version>2.3.0</version></dependency>
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-clients</artifactId><version>2.3.0</version></dependency>
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-connector-base</artifactId><version>2.3.0</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
XML
mvn --quiet --batch-mode -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory=jars >install.txt

cat >Finding.java <<'JAVA'
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

public class Finding {
  public static void main(String[] expressions) throws Exception {
    var tables = TableEnvironment.create(EnvironmentSettings.inBatchMode());
    try (var rows = tables.sqlQuery("SELECT " + String.join(", ", expressions)).execute().collect()) {
      var row = rows.next();
      for (var index = 0; index < expressions.length; index += 1)
        System.out.println(expressions[index] + " is " + row.getField(index));
    }
    System.exit(0);
  }
}
JAVA

seen=$(java -Duser.timezone=UTC --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED \
  -cp 'jars/*' Finding.java \
  "CEIL(TIMESTAMP '2026-04-02 00:00:00' TO QUARTER)" \
  "CEIL(TIMESTAMP '2026-04-01 00:00:00' TO QUARTER)" \
  "CEIL(DATE '2026-10-01' TO QUARTER)" \
  "CEIL(TIMESTAMP '2026-01-01 00:00:00' TO QUARTER)" \
  "CEIL(TIMESTAMP '2026-06-02 12:00:00' TO MONTH)" \
  "CEIL(TIMESTAMP '2026-06-01 12:00:00' TO MONTH)" \
  "CEIL(TIMESTAMP '2026-01-01 23:59:59' TO YEAR)" \
  "CEIL(TIMESTAMP '2026-06-01 12:00:00' TO DAY)")
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }

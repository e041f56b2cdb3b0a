#!/usr/bin/env bash
# Package: org.apache.flink:flink-table-planner-loader 2.3.0, Flink SQL; Java 17 or newer, Maven.
# Behaviour: of a timestamp before 1970 that is not at midnight, EXTRACT gives the day after it and a negative hour, minute and
# second, and CAST AS DATE gives the day after it.
# A good guess: a TIMESTAMP, of which the documentation says that it begins in the year 0, has parts that agree with its text.
# Output seen:
#   EXTRACT(DAY FROM TIMESTAMP '1960-05-17 10:20:30') is 18
#   EXTRACT(HOUR FROM TIMESTAMP '1960-05-17 10:20:30') is -13
#   EXTRACT(MINUTE FROM TIMESTAMP '1960-05-17 10:20:30') is -39
#   EXTRACT(SECOND FROM TIMESTAMP '1960-05-17 10:20:30') is -30
#   YEAR(TIMESTAMP '1969-12-31 23:30:15') is 1970
#   CAST(TIMESTAMP '1960-05-17 10:20:30' AS DATE) is 1960-05-18
#   CAST(TIMESTAMP '1960-05-17 10:20:30' AS STRING) is 1960-05-17 10:20:30
#   EXTRACT(HOUR FROM TIMESTAMP '1970-05-17 10:20:30') is 10
set -euo pipefail

expected=$(cat <<'TEXT'
EXTRACT(DAY FROM TIMESTAMP '1960-05-17 10:20:30') is 18
EXTRACT(HOUR FROM TIMESTAMP '1960-05-17 10:20:30') is -13
EXTRACT(MINUTE FROM TIMESTAMP '1960-05-17 10:20:30') is -39
EXTRACT(SECOND FROM TIMESTAMP '1960-05-17 10:20:30') is -30
YEAR(TIMESTAMP '1969-12-31 23:30:15') is 1970
CAST(TIMESTAMP '1960-05-17 10:20:30' AS DATE) is 1960-05-18
CAST(TIMESTAMP '1960-05-17 10:20:30' AS STRING) is 1960-05-17 10:20:30
EXTRACT(HOUR FROM TIMESTAMP '1970-05-17 10:20:30') is 10
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
  "EXTRACT(DAY FROM TIMESTAMP '1960-05-17 10:20:30')" \
  "EXTRACT(HOUR FROM TIMESTAMP '1960-05-17 10:20:30')" \
  "EXTRACT(MINUTE FROM TIMESTAMP '1960-05-17 10:20:30')" \
  "EXTRACT(SECOND FROM TIMESTAMP '1960-05-17 10:20:30')" \
  "YEAR(TIMESTAMP '1969-12-31 23:30:15')" \
  "CAST(TIMESTAMP '1960-05-17 10:20:30' AS DATE)" \
  "CAST(TIMESTAMP '1960-05-17 10:20:30' AS STRING)" \
  "EXTRACT(HOUR FROM TIMESTAMP '1970-05-17 10:20:30')")
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }

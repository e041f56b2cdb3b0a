#!/usr/bin/env bash
# Package: org.apache.kafka:connect-api 4.4.0, SimpleHeaderConverter, the default header.converter; Java 17 or newer, Maven.
# Behaviour: a text that begins with a number and a colon, comma or closing bracket is that number alone: the rest is lost.
# A fraction is a 32-bit float whenever it is in the range of one, with about seven digits. Of a moment at midnight only the date is left.
# A good guess: the documentation promises the most appropriate representation, a text where nothing else fits; a header
# that no one touches leaves a connector as it came.
# Output seen:
#   orders:7 is STRING orders:7
#   7:orders is INT8 7
#   2001:db8::1 is INT16 2001
#   4,5,6 is INT8 4
#   1700000000.25 is FLOAT32 1.7E9
#   1234567.89 is FLOAT32 1234567.9
#   007 is INT8 7
#   2026-11-30T00:00:00.000Z is INT64 2026-11-30
set -euo pipefail

expected='orders:7 is STRING orders:7
7:orders is INT8 7
2001:db8::1 is INT16 2001
4,5,6 is INT8 4
1700000000.25 is FLOAT32 1.7E9
1234567.89 is FLOAT32 1234567.9
007 is INT8 7
2026-11-30T00:00:00.000Z is INT64 2026-11-30'

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
    <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-api</artifactId><version>4.4.0</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
XML
mvn --quiet --batch-mode -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory=jars >install.txt

cat >Finding.java <<'JAVA'
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import org.apache.kafka.connect.storage.SimpleHeaderConverter;

public class Finding {
  public static void main(String[] arguments) {
    var converter = new SimpleHeaderConverter();
    converter.configure(Map.of());
    for (var text : arguments) {
      var read = converter.toConnectHeader("topic", "header", text.getBytes(UTF_8));
      var written = converter.fromConnectHeader("topic", "header", read.schema(), read.value());
      System.out.println(text + " is " + read.schema().type() + " " + new String(written, UTF_8));
    }
  }
}
JAVA

seen=$(java -cp 'jars/*' Finding.java orders:7 7:orders 2001:db8::1 4,5,6 1700000000.25 1234567.89 007 2026-11-30T00:00:00.000Z)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }

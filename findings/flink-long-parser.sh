#!/usr/bin/env bash
# Package: org.apache.flink:flink-core 2.3.0, LongParser; Java 17 or newer, Maven.
# Behaviour: from 2^64 on a number that does not fit into a long is now an error, now silently another number: an overflow
# is seen only where the sum becomes negative. Its documentation promises a NumberFormatException for what is no correct number.
# A good guess: every number that is out of range is an overflow, as it is for the IntParser beside it.
# Output seen:
#   long 9223372036854775807 is 9223372036854775807
#   long 9223372036854775808: value overflow
#   long 18446744073709551617 is 1
#   long 20000000000000000000 is 1553255926290448384
#   long 40000000000000000000 is 3106511852580896768
#   long 99999999999999999999: value overflow
#   int 4294967297: Value overflow/underflow
set -euo pipefail

expected='long 9223372036854775807 is 9223372036854775807
long 9223372036854775808: value overflow
long 18446744073709551617 is 1
long 20000000000000000000 is 1553255926290448384
long 40000000000000000000 is 3106511852580896768
long 99999999999999999999: value overflow
int 4294967297: Value overflow/underflow'

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
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-core</artifactId><version>2.3.0</version></dependency>
  </dependencies>
</project>
XML
mvn --quiet --batch-mode -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory=jars >install.txt

cat >Finding.java <<'JAVA'
import static java.nio.charset.StandardCharsets.US_ASCII;

import org.apache.flink.types.parser.IntParser;
import org.apache.flink.types.parser.LongParser;

public class Finding {
  interface Parser {
    Number parse(byte[] bytes, int start, int length);
  }

  static void tell(String type, Parser parser, String text) {
    var bytes = text.getBytes(US_ASCII);
    try {
      System.out.println(type + " " + text + " is " + parser.parse(bytes, 0, bytes.length));
    } catch (NumberFormatException error) {
      System.out.println(type + " " + text + ": " + error.getMessage());
    }
  }

  public static void main(String[] arguments) {
    tell("long", LongParser::parseField, "9223372036854775807");
    tell("long", LongParser::parseField, "9223372036854775808");
    tell("long", LongParser::parseField, "18446744073709551617");
    tell("long", LongParser::parseField, "20000000000000000000");
    tell("long", LongParser::parseField, "40000000000000000000");
    tell("long", LongParser::parseField, "99999999999999999999");
    tell("int", IntParser::parseField, "4294967297");
  }
}
JAVA

seen=$(java -cp 'jars/*' Finding.java)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }

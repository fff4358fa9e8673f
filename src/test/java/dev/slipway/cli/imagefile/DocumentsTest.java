package dev.slipway.cli.imagefile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonBoolean;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.PythonJson;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;

class DocumentsTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void readsBackWhatWasWritten(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100; i++) {
      JsonValue value = value(random, 4);
      byte[] json = PythonJson.write(value);
      assertThat(json(Documents.read(json, "a.json"))).as("seed %d, %d", seed, i).isEqualTo(value);
      String yaml = dump(random, value);
      assertThat(json(Documents.read(yaml.getBytes(StandardCharsets.UTF_8), "a.yaml")))
          .as("seed %d, %d: %s", seed, i, yaml)
          .isEqualTo(value);
    }
  }

  private static String dump(SplittableRandom random, JsonValue value) {
    List<FlowStyle> styles = List.of(FlowStyle.values());
    FlowStyle flow = styles.get(random.nextInt(styles.size()));
    DumpSettings settings =
        DumpSettings.builder()
            .setSchema(new org.snakeyaml.engine.v2.schema.CoreSchema())
            .setDefaultFlowStyle(flow)
            .setDefaultScalarStyle(
                random.nextBoolean() ? ScalarStyle.PLAIN : ScalarStyle.DOUBLE_QUOTED)
            .setWidth(random.nextInt(20, 200))
            .setMultiLineFlow(random.nextBoolean())
            .build();
    return new Dump(settings).dumpToString(plain(value));
  }

  private static Object plain(JsonValue value) {
    return switch (value) {
      case JsonObject object -> {
        Map<String, Object> members = new LinkedHashMap<>();
        object.members().forEach((key, member) -> members.put(key, plain(member)));
        yield members;
      }
      case JsonArray array ->
          new ArrayList<>(array.elements().stream().map(DocumentsTest::plain).toList());
      case JsonString string -> string.value();
      case JsonNumber number -> new BigInteger(number.literal());
      case JsonBoolean bool -> bool.value();
      case JsonNull _ -> Map.of();
    };
  }

  private static JsonValue value(SplittableRandom random, int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 6)) {
      case 0 -> new JsonString(text(random));
      case 1 ->
          new JsonNumber(
              new BigInteger(Long.toString(random.nextLong()))
                  .pow(random.nextInt(1, 4))
                  .toString());
      case 2 -> new JsonBoolean(random.nextBoolean());
      case 3 -> new JsonString(Integer.toString(random.nextInt(100)));
      case 4 -> {
        List<JsonValue> elements = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
          elements.add(value(random, depth - 1));
        }
        yield new JsonArray(elements);
      }
      default -> {
        SequencedMap<String, JsonValue> members = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
          String key = text(random);
          // A plain << is YAML 1.1's merge key; Dump does not quote it.
          members.put(key.isEmpty() || key.equals("<<") ? "k" : key, value(random, depth - 1));
        }
        yield new JsonObject(members);
      }
    };
  }

  private static final String[] PIECES = {
    "a", "yes", "null", "~", " ", ":", "#", "- ", "\n", "\t", "'", "\"", "\\", "${{", "}}", "{",
    "]", "é", "文", "😀", "0x1f", "1e3", "true", ".5", "&a", "*a", "!t", "%", "@", "`", "\u00a0",
    "\u2028", "<<"
  };

  private static String text(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(5); i > 0; i--) {
      text.append(PIECES[random.nextInt(PIECES.length)]);
    }
    return text.toString();
  }

  private static JsonValue json(Node node) throws Exception {
    return switch (node) {
      case Node.Mapping mapping -> {
        SequencedMap<String, JsonValue> members = new LinkedHashMap<>();
        for (Map.Entry<String, Node.Member> member : mapping.members().entrySet()) {
          members.put(member.getKey(), json(member.getValue().value()));
        }
        yield new JsonObject(members);
      }
      case Node.Sequence sequence -> {
        List<JsonValue> elements = new ArrayList<>();
        for (Node item : sequence.items()) {
          elements.add(json(item));
        }
        yield new JsonArray(elements);
      }
      case Node.Text text -> new JsonString(text.value());
      case Node.Numeral number -> new JsonNumber(number.literal());
      case Node.Bool bool -> new JsonBoolean(bool.value());
      case Node.Null _ -> JsonNull.NULL;
    };
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void refusesDamagedDocumentsInOneLineWithAPlace(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    String document =
        """
        tools: { coreutils: /nix/store/0c2ff3mxsw4x37i4clx3gpg613wz06qv-coreutils-9.1 }
        paths:
          conf: &c { writeText: { name: a, text: "x${{ paths.sh }}\\u00e9" } }
          sh:
            writeScript:
              name: sh
              text: |
                #!/bin/sh
                echo $${{
        images:
          web:
            buildLayeredImage:
              name: web
              contents: [ fakeNss, ./x, "${{ paths.conf }}/y" ]
              config: { Cmd: [ 1.50, 0x1f, ~, true, *c ] }
              created: 2020-02-29T12:34:56+02:00
        """;
    byte[] original = document.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 1_500; i++) {
      byte[] damaged = damage(random, original);
      String label = random.nextInt(8) == 0 ? "a.json" : "a.yaml";
      Throwable thrown =
          catchThrowable(() ->
              ImageFile.parse(
                  damaged, label, Path.of("/src"), new ImageFile.Defaults("/nix/store", "amd64")));
      if (thrown != null) {
        assertThat(thrown)
            .as("seed %d, %d: %s", seed, i, new String(damaged, StandardCharsets.UTF_8))
            .isInstanceOf(ImageFileException.class);
        assertThat(thrown.getMessage()).startsWith(label + ":");
        assertThat(thrown.getMessage()).doesNotContain("\n", "\r");
      }
    }
  }

  private static final String PUNCTUATION = "{}[]:,-&*!|>'\"%#?@`\\ \n\t~$<0.\u0000\u0007";

  private static byte[] damage(SplittableRandom random, byte[] original) {
    byte[] damaged = original.clone();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int at = random.nextInt(damaged.length);
      switch (random.nextInt(4)) {
        case 0 -> damaged[at] = (byte) random.nextInt(256);
        case 1 -> damaged[at] = (byte) PUNCTUATION.charAt(random.nextInt(PUNCTUATION.length()));
        case 2 -> damaged = Arrays.copyOf(damaged, Math.max(1, at));
        default -> {
          int from = random.nextInt(damaged.length);
          int length = Math.min(random.nextInt(40), damaged.length - Math.max(at, from));
          System.arraycopy(damaged, from, damaged, at, length);
        }
      }
    }
    return damaged;
  }

  @ParameterizedTest
  @CsvSource({
    "9007199254740993, 9007199254740993",
    "1.10, 1.10",
    "+1, 1",
    "-007, -7",
    "00, 0",
    "0o17, 15",
    "0xfF, 255",
    ".5, 0.5",
    "-.5e3, -0.5e3",
    "1., 1.0",
    "1.e3, 1.0e3",
    "1E+400, 1E+400",
  })
  void keepsTheExactValueOfNumbers(String written, String literal) throws Exception {
    Node node = Documents.read(written.getBytes(StandardCharsets.UTF_8), "a.yaml");
    assertThat(json(node)).isEqualTo(new JsonNumber(literal));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1_000", "0b1", "1:30", "0x", "+", ".", "1e", "yes", "on", "NO", "2020-02-29"})
  void takesForStringsWhatOnlyYaml11TakesForMore(String written) throws Exception {
    Node node = Documents.read(written.getBytes(StandardCharsets.UTF_8), "a.yaml");
    assertThat(json(node)).isEqualTo(new JsonString(written));
  }

  @Test
  void mergesMappings() throws Exception {
    String document =
        """
        base: &base { a: 1, b: 1 }
        more: &more { b: 2, c: 2 }
        all: { c: 3, <<: [ *base, *more ] }
        """;
    JsonObject read =
        (JsonObject) json(Documents.read(document.getBytes(StandardCharsets.UTF_8), "a.yaml"));
    assertThat(String.valueOf(read.get("all")))
        .isEqualTo(
            String.valueOf(
                JsonObject.EMPTY
                    .with("c", JsonNumber.of(3))
                    .with("a", JsonNumber.of(1))
                    .with("b", JsonNumber.of(1))));
  }

  @Test
  void readsJsonThatYamlReadersStumbleOver() throws Exception {
    String document = "{\n\t\"a\":\"\\ud83d\\ude00\\/\"\n}";
    byte[] content = document.getBytes(StandardCharsets.UTF_8);
    JsonValue expected = JsonObject.EMPTY.with("a", "😀/");
    assertThat(json(Documents.read(content, "a.json"))).isEqualTo(expected);
    assertThat(json(Documents.read(content, "slipway.yaml"))).isEqualTo(expected);
  }

  @Test
  void passesOverAByteOrderMark() throws Exception {
    byte[] content = "\ufeffa: b".getBytes(StandardCharsets.UTF_8);
    assertThat(json(Documents.read(content, "a.yaml"))).isEqualTo(JsonObject.EMPTY.with("a", "b"));
  }
}

package dev.slipway.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import dev.slipway.oci.PythonJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayeredConfigTest {
  private static JsonValue json(String text) throws Exception {
    return Json.parse(text.getBytes(StandardCharsets.UTF_8), "test", JsonLimits.FOREIGN);
  }

  private static String text(JsonValue value) {
    return new String(PythonJson.write(value), StandardCharsets.US_ASCII)
        .replaceAll("\\s*\\n\\s*", "");
  }

  @Test
  void hasTheFieldsOfTheOriginalInItsOrder() {
    DiffId diffId = new DiffId(Digest.of(new byte[0]));
    LayeredConfig config = new LayeredConfig(IsoTime.of(Instant.ofEpochSecond(1)));
    config.add(diffId, List.of("/nix/store/a", "it's"));
    byte[] document = config.write(new Platform("linux", "amd64"), JsonObject.EMPTY);
    assertThat(new String(document, StandardCharsets.US_ASCII))
        .isEqualTo(
            """
            {
                "created": "1970-01-01T00:00:01+00:00",
                "architecture": "amd64",
                "os": "linux",
                "config": {},
                "rootfs": {
                    "diff_ids": [
                        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                    ],
                    "type": "layers"
                },
                "history": [
                    {
                        "created": "1970-01-01T00:00:01+00:00",
                        "comment": "store paths: ['/nix/store/a', \\"it's\\"]"
                    }
                ]
            }\
            """);
  }

  @Test
  void inheritsTheEnvironmentWithLastValuesInFirstPlaces() throws Exception {
    JsonValue base = json("{\"Env\":[\"FROM_PARENT=true\",\"LAST=parent\"],\"Cmd\":[\"sh\"]}");
    assertThat(
            text(
                LayeredConfig.inherit(
                    json("{\"Env\":[\"LAST=child\",\"NEW=\"],\"User\":\"1\"}"), base)))
        .isEqualTo("{\"Env\": [\"FROM_PARENT=true\",\"LAST=child\",\"NEW=\"],\"User\": \"1\"}");
    assertThat(text(LayeredConfig.inherit(json("{\"User\":\"1\"}"), base)))
        .isEqualTo("{\"User\": \"1\",\"Env\": [\"FROM_PARENT=true\",\"LAST=parent\"]}");
    assertThat(text(LayeredConfig.inherit(JsonNull.NULL, base)))
        .isEqualTo("{\"Env\": [\"FROM_PARENT=true\",\"LAST=parent\"]}");
  }

  @Test
  void refusesAnEnvironmentThatIsNoListOfStrings() throws Exception {
    JsonValue base = json("{\"Env\":[\"A=1\"]}");
    assertThatThrownBy(() -> LayeredConfig.inherit(json("{\"Env\":{\"A\":\"2\"}}"), base))
        .isInstanceOf(ImageException.class)
        .hasMessage("config: Env: expected a list of strings, found an object");
    assertThatThrownBy(() -> LayeredConfig.inherit(base, json("{\"Env\":[\"A=2\",7]}")))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "the base image's config: Env: expected a list of strings, found one with a number");
  }

  @Test
  void leavesAConfigAloneWhereThereIsNothingToInherit() throws Exception {
    assertThat(text(LayeredConfig.inherit(json("{\"A\":1}"), JsonNull.NULL)))
        .isEqualTo("{\"A\": 1}");
    assertThat(LayeredConfig.inherit(JsonNull.NULL, json("{\"Env\":null}")))
        .isEqualTo(JsonNull.NULL);
    assertThat(text(LayeredConfig.inherit(json("{\"Env\":[\"A=1\",\"A=2\"]}"), JsonNull.NULL)))
        .isEqualTo("{\"Env\": [\"A=2\"]}");
  }
}

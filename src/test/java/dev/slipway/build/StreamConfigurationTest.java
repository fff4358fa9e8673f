package dev.slipway.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonNull;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamConfigurationTest {
  private static final String WHOLE =
      """
      {
        "architecture": "arm64", "config": {"Cmd": ["x"]}, "os": "linux", "store_dir": "/nix/store",
        "from_image": null, "store_layers": [["/nix/store/a", "/nix/store/b"], ["/nix/store/c"]],
        "customisation_layer": "/nix/store/d", "repo_tag": "it:1",
        "created": "1970-01-01T00:00:01+00:00", "uid": "1000", "gid": 100,
        "uname": "user", "gname": "users", "added_later": true
      }\
      """;

  private static final Instant NOW = Instant.parse("2026-11-22T04:05:06Z");

  private static StreamConfiguration parse(String text) throws Exception {
    byte[] document = text.getBytes(StandardCharsets.UTF_8);
    return StreamConfiguration.parse(
        Json.parse(document, "conf.json", JsonLimits.FOREIGN), "conf.json", NOW);
  }

  @Test
  void readsWhatDockerToolsWrites() throws Exception {
    StreamConfiguration configuration = parse(WHOLE);
    assertThat(configuration.platform().architecture()).isEqualTo("arm64");
    assertThat(configuration.created()).hasToString("1970-01-01T00:00:01+00:00");
    assertThat(configuration.mtime()).isEqualTo(configuration.created());
    assertThat(configuration.uid()).isEqualTo(1000);
    assertThat(configuration.gid()).isEqualTo(100);
    assertThat(configuration.fromImage()).isEmpty();
    assertThat(configuration.storeLayers())
        .containsExactly(List.of("/nix/store/a", "/nix/store/b"), List.of("/nix/store/c"));
    assertThat(configuration.repoTag()).isEqualTo("it:1");
  }

  @Test
  void readsTheFormsThatFieldsMayHave() throws Exception {
    StreamConfiguration configuration =
        parse(
            WHOLE
                .replace(
                    "\"1970-01-01T00:00:01+00:00\"", "\"now\", \"mtime\": \"2020-01-01T00:00:00Z\"")
                .replace("\"from_image\": null", "\"from_image\": \"/base.tar\"")
                .replace("{\"Cmd\": [\"x\"]}", "null"));
    assertThat(configuration.created()).isEqualTo(IsoTime.of(NOW));
    assertThat(configuration.mtime()).hasToString("2020-01-01T00:00:00+00:00");
    assertThat(configuration.fromImage()).isEqualTo(Optional.of("/base.tar"));
    assertThat(configuration.config()).isEqualTo(JsonNull.NULL);
  }

  @Test
  void theTimeOfFilesCanBeNowToo() throws Exception {
    StreamConfiguration configuration =
        parse(WHOLE.replace("\"uid\"", "\"mtime\": \"now\", \"uid\""));
    assertThat(configuration.created()).hasToString("1970-01-01T00:00:01+00:00");
    assertThat(configuration.mtime()).isEqualTo(IsoTime.of(NOW));
    assertThat(parse(WHOLE.replace("\"uid\"", "\"mtime\": null, \"uid\"")).mtime())
        .isEqualTo(configuration.created());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"architecture\": \"arm64\", | | conf.json: field 'architecture' is missing",
        "\"arm64\" | 5 | conf.json: architecture: expected a string, found a number",
        "{\"Cmd\": [\"x\"]} | [] | conf.json: config: expected an object, found a list",
        "\"1000\" | \"-1\" | conf.json: uid: expected a number from 0 on, found '-1'",
        "\"1000\" | \"root\" | conf.json: uid: expected a number from 0 on, found 'root'",
        "\"1000\" | [] | conf.json: uid: expected a number, found a list",
        "[\"/nix/store/c\"] | [7] | conf.json: store_layers[1][0]: expected a store path, found a"
            + " number",
        "[\"/nix/store/c\"] | 7 | conf.json: store_layers[1]: expected a list of store paths, found"
            + " a number",
        "\"/nix/store\" | \"nix/store\" | conf.json: store_dir: expected an absolute path without a"
            + " slash at its end, found 'nix/store'",
        "\"1970-01-01T00:00:01+00:00\" | \"soon\" | conf.json: created: expected an ISO-8601 date"
            + " or date-time, found 'soon'",
        "\"from_image\": null | \"from_image\": \"\" | conf.json: from_image: expected a path,"
            + " found ''",
        "\"user\" | \"\\ud800\" | conf.json: uname: expected text, found half of a surrogate pair",
      })
  void namesTheFieldThatIsWrong(String part, String wrong, String message) {
    String document = WHOLE.replace(part, wrong == null ? "" : wrong);
    assertThatThrownBy(() -> parse(document))
        .isInstanceOf(ImageException.class)
        .hasMessage(message);
  }

  @Test
  void refusesWhatIsNoObject() {
    assertThatThrownBy(() -> parse("[]")).hasMessage("conf.json: expected an object, found a list");
  }
}

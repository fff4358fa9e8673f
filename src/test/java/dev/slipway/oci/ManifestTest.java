package dev.slipway.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {
  private static final Digest ONE = new Digest("1".repeat(64));
  private static final Digest TWO = new Digest("2".repeat(64));

  private static Manifest parse(String json, MediaType announced) throws ImageException {
    return Manifest.parse(json.replace('\'', '"').getBytes(UTF_8), Optional.of(announced), "it");
  }

  private static Manifest parse(String json) throws ImageException {
    return Manifest.parse(json.replace('\'', '"').getBytes(UTF_8), Optional.empty(), "it");
  }

  private static String descriptor(MediaType type, Digest digest, String rest) {
    return "{'mediaType':'%s','digest':'%s','size':7%s}".formatted(type, digest, rest);
  }

  private static final String IMAGE =
      "{'schemaVersion':2,'config':%s,'layers':[%s]}"
          .formatted(
              descriptor(MediaType.OCI_CONFIG, ONE, ""),
              descriptor(
                  MediaType.OCI_LAYER_ZSTD, TWO, ",'annotations':{'b':'x','a':'y'},'more':[1]"));

  private static String index(String... platforms) {
    StringBuilder manifests = new StringBuilder();
    for (int i = 0; i < platforms.length; i++) {
      String[] parts = platforms[i].split("/", -1);
      String platform =
          platforms[i].isEmpty()
              ? ""
              : ",'platform':{'os':'%s','architecture':'%s'%s}"
                  .formatted(
                      parts[0], parts[1], parts.length > 2 ? ",'variant':'" + parts[2] + "'" : "");
      manifests
          .append(i == 0 ? "" : ",")
          .append(descriptor(MediaType.OCI_MANIFEST, number(i), platform));
    }
    return "{'schemaVersion':2,'manifests':[" + manifests + "]}";
  }

  private static Digest number(int i) {
    return new Digest("%064x".formatted(i));
  }

  @Test
  void readsAnImage() throws ImageException {
    ImageManifest image = (ImageManifest) parse(IMAGE);
    assertThat(image.mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
    assertThat(image.config()).isEqualTo(new Descriptor(MediaType.OCI_CONFIG, ONE, 7));
    assertThat(image.layers()).hasSize(1);
    assertThat(image.layers().getFirst().annotations())
        .containsExactly(Map.entry("b", "x"), Map.entry("a", "y"));
    assertThat(new String(image.bytes(), UTF_8)).isEqualTo(IMAGE.replace('\'', '"'));
    assertThat(image.digest()).isEqualTo(Digest.of(image.bytes()));
  }

  @Test
  void takesTheAnnouncedTypeWhereTheDocumentHasNone() throws ImageException {
    assertThat(parse(IMAGE, MediaType.DOCKER_MANIFEST).mediaType())
        .isEqualTo(MediaType.DOCKER_MANIFEST);
    assertThat(parse(IMAGE, new MediaType("text/plain")).mediaType())
        .isEqualTo(MediaType.OCI_MANIFEST);
    assertThat(parse(index("linux/amd64"), MediaType.DOCKER_LIST))
        .isInstanceOf(ImageIndex.class)
        .extracting(Manifest::mediaType)
        .isEqualTo(MediaType.DOCKER_LIST);
  }

  @Test
  void writesWhatItReads() throws ImageException {
    Descriptor config = Descriptor.of(MediaType.OCI_CONFIG, new byte[] {1, 2});
    Descriptor layer =
        new Descriptor(MediaType.OCI_LAYER, TWO, 5)
            .annotated(Map.of("k", "<v>\u2028\u00e9\n\"\\"))
            .on(new Platform("linux", "arm", "v6"));
    ImageManifest image =
        ImageManifest.of(MediaType.OCI_MANIFEST, config, List.of(layer, layer), Map.of("x", "y"));
    Manifest again = Manifest.parse(image.bytes(), Optional.empty(), "it");
    assertThat(again).isEqualTo(image);
    assertThat(((ImageManifest) again).layers()).containsExactly(layer, layer);
    assertThat(((ImageManifest) again).annotations()).containsEntry("x", "y");
    assertThat(new String(image.bytes(), UTF_8))
        .doesNotContain(" ", "<", "\n")
        .contains("\\u003cv\\u003e")
        .contains("\u00e9");
    ImageIndex index =
        ImageIndex.of(MediaType.OCI_INDEX, List.of(image.descriptor()), Map.of("a", "b"));
    assertThat(Manifest.parse(index.bytes(), Optional.of(MediaType.OCI_INDEX), "it"))
        .isEqualTo(index);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]|it: expected an object, found a list",
        "{}|it: expected a manifest with schemaVersion 2",
        "{'schemaVersion':3}|it: expected a manifest with schemaVersion 2",
        "{'schemaVersion':'2'}|it.schemaVersion: expected a whole number, found a string",
        "{'schemaVersion':2}|it.config: expected an object, found nothing",
        "{'schemaVersion':1,'fsLayers':[]}|it: a manifest of Docker's schema 1, which",
        "{'schemaVersion':2,'fsLayers':[]}|it: a manifest of Docker's schema 1, which",
        "{'schemaVersion':2,'manifests':[],'layers':[]}|it: expected a manifest or an index",
        "{'schemaVersion':2,'manifests':{}}|it.manifests: expected a list, found an object",
        "{'schemaVersion':2,'manifests':[1]}|it.manifests: expected objects, found a number",
        "{'schemaVersion':2,'manifests':[{}]}|it.manifests[0].mediaType: expected a string",
        "{'schemaVersion':2,'mediaType':'text/html'}|it: expected an image, found a document",
        "{'schemaVersion':2,'mediaType':7}|it.mediaType: expected a string, found a number",
        "{'schemaVersion':2,'config':{'mediaType':'x','digest':'md5:1','size':1}}"
            + "|it.config.digest: expected a sha256 digest, found 'md5:1'",
        "{'schemaVersion':2,'config':{'mediaType':'x','digest':'HERE','size':-1}}"
            + "|it.config.size: expected a size from 0 on, found -1",
        "{'schemaVersion':2,'config':{'mediaType':'x','digest':'HERE','size':9223372036854775808}}"
            + "|it.config.size: expected a size from 0 on, found 9223372036854775808",
        "{'schemaVersion':2,'config':{'mediaType':'x','digest':'HERE','size':1.5}}"
            + "|it.config.size: expected a whole number, found a number",
        "{'schemaVersion':2,'config':{'mediaType':'x','digest':'HERE'}}"
            + "|it.config.size: expected a whole number, found nothing",
      })
  void refusesWhatIsNone(String json, String message) {
    assertThatThrownBy(() -> parse(json.replace("HERE", ONE.toString())))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void refusesAnotherTypeThanWasAnnounced() {
    String docker = IMAGE.replaceFirst("\\{", "{'mediaType':'" + MediaType.DOCKER_MANIFEST + "',");
    assertThatThrownBy(() -> parse(docker, MediaType.OCI_MANIFEST))
        .hasMessageContaining("announced as application/vnd.oci");
    assertThatThrownBy(() ->
            parse("{}", new MediaType("application/vnd.docker.distribution.manifest.v1+prettyjws")))
        .hasMessageContaining("schema 1");
  }

  @Test
  void choosesAsSkopeoDoes() throws ImageException {
    ImageIndex index =
        (ImageIndex)
            parse(index("linux/arm/v6", "linux/arm/v7", "linux/amd64", "linux/arm64/v8", ""));
    assertThat(chosen(index, "linux/amd64")).isEqualTo(number(2));
    assertThat(chosen(index, "linux/arm64")).isEqualTo(number(3));
    assertThat(chosen(index, "linux/arm")).isEqualTo(number(1));
    assertThat(chosen(index, "linux/arm/v6")).isEqualTo(number(0));
    assertThat(chosen(index, "linux/arm/v8")).isEqualTo(number(1));
    assertThat(chosen(index, "linux/s390x")).as("the one for none").isEqualTo(number(4));
    ImageIndex list =
        (ImageIndex) parse(index("linux/amd64", "", "unknown/unknown"), MediaType.DOCKER_LIST);
    assertThatThrownBy(() -> chosen(list, "linux/s390x"))
        .isInstanceOf(ImageException.class)
        .hasMessage("it: has no image for linux/s390x, only for linux/amd64");
  }

  private static Digest chosen(ImageIndex index, String platform) throws ImageException {
    return index.choose(Platform.parse(platform), "it").digest();
  }

  @Test
  void mediaTypesOfHeadersHaveParametersAndAnyCase() {
    assertThat(MediaType.ofHeader("Application/VND.oci.image.index.v1+json ; charset=utf-8"))
        .isEqualTo(MediaType.OCI_INDEX);
    assertThat(MediaType.OCI_INDEX.isIndex()).isTrue();
    assertThat(MediaType.DOCKER_LAYER_ZSTD.isLayer()).isTrue();
    assertThat(MediaType.OCI_CONFIG.isLayer()).isFalse();
  }
}

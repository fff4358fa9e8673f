package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NarInfoTest {
  /** What nixpkgs' own cache says of a path, with its signature. */
  static final String CURL =
      """
      StorePath: /nix/store/syd87l2rxw8cbsxmxl853h0r6pdwhwjr-curl-7.82.0-bin
      URL: nar/05ra3y72i3qjri7xskf9qj8kb29r6naqy1sqpbs3azi3xcigmj56.nar.xz
      Compression: xz
      FileHash: sha256:05ra3y72i3qjri7xskf9qj8kb29r6naqy1sqpbs3azi3xcigmj56
      FileSize: 68852
      NarHash: sha256:1b4sb93wp679q4zx9k1ignby1yna3z7c4c2ri3wphylbc2dwsys0
      NarSize: 196040
      References: 0jqd0rlxzra1rs38rdxl43yh6rxchgc6-curl-7.82.0 6w8g7njm4mck5dmjxws0z1xnrxvl81xa-glibc-2.34-115 j5jxw3iy7bbz4a57fh9g2xm2gxmyal8h-zlib-1.2.12 yxvjs9drzsphm9pcf42a4byzj1kb9m7k-openssl-1.1.1n
      Deriver: 5rwxzi7pal3qhpsyfc16gzkh939q1np6-curl-7.82.0.drv
      Sig: cache.nixos.org-1:TsTTb3WGTZKphvYdBHXwo6weVILmTytUjLB+vcX89fOjjRicCHmKA4RCPMVLkj6TMJ4GMX3HPVWRdD1hkeKZBQ==
      Extra: passed over
      """;

  private static NarInfo parse(String text) throws ImageException {
    return NarInfo.parse(text.getBytes(StandardCharsets.UTF_8), "x.narinfo", "/nix/store");
  }

  @Test
  void readsWhatNixWrites() throws ImageException {
    NarInfo info = parse(CURL);

    assertThat(info.info().path().name()).isEqualTo("curl-7.82.0-bin");
    assertThat(info.url())
        .isEqualTo("nar/05ra3y72i3qjri7xskf9qj8kb29r6naqy1sqpbs3azi3xcigmj56.nar.xz");
    assertThat(info.compression()).isEqualTo(NarCompression.XZ);
    assertThat(info.fileHash().map(Hashes::base32))
        .contains("sha256:05ra3y72i3qjri7xskf9qj8kb29r6naqy1sqpbs3azi3xcigmj56");
    assertThat(info.fileSize()).hasValue(68852);
    assertThat(Hashes.base32(info.nar().digest()))
        .isEqualTo("sha256:1b4sb93wp679q4zx9k1ignby1yna3z7c4c2ri3wphylbc2dwsys0");
    assertThat(info.nar().size()).isEqualTo(196040);
    assertThat(info.info().nar()).contains(info.nar());
    assertThat(info.info().references())
        .extracting(StorePath::name)
        .containsExactlyInAnyOrder(
            "curl-7.82.0", "glibc-2.34-115", "openssl-1.1.1n", "zlib-1.2.12");
    assertThat(info.info().deriver().map(StorePath::name)).contains("curl-7.82.0.drv");
    assertThat(info.info().contentAddress()).isEmpty();
    assertThat(info.signatures()).hasSize(1);
    assertThat(new String(info.fingerprint(), StandardCharsets.UTF_8))
        .isEqualTo(
            "1;/nix/store/syd87l2rxw8cbsxmxl853h0r6pdwhwjr-curl-7.82.0-bin;"
                + "sha256:1b4sb93wp679q4zx9k1ignby1yna3z7c4c2ri3wphylbc2dwsys0;196040;"
                + "/nix/store/0jqd0rlxzra1rs38rdxl43yh6rxchgc6-curl-7.82.0,"
                + "/nix/store/6w8g7njm4mck5dmjxws0z1xnrxvl81xa-glibc-2.34-115,"
                + "/nix/store/j5jxw3iy7bbz4a57fh9g2xm2gxmyal8h-zlib-1.2.12,"
                + "/nix/store/yxvjs9drzsphm9pcf42a4byzj1kb9m7k-openssl-1.1.1n");
  }

  @Test
  void theKeyOfNixpkgsHasSignedIt() throws ImageException {
    NarInfo info = parse(CURL);

    assertThat(TrustedKeys.NIXPKGS.verify(info.fingerprint(), info.signatures()))
        .isEqualTo(new TrustedKeys.Verdict.Good());
    assertThat(
            TrustedKeys.NIXPKGS.verify(
                parse(CURL.replace("196040", "196041")).fingerprint(), info.signatures()))
        .isInstanceOf(TrustedKeys.Verdict.Bad.class);
  }

  @Test
  void muchNeedNotBeSaid() throws ImageException {
    NarInfo info =
        parse(
            CURL.replaceAll("(Compression|FileHash|FileSize|Deriver|Sig|Extra): .*\n", "")
                .replaceAll("References: .*", "References: "));

    assertThat(info.compression()).isEqualTo(NarCompression.BZIP2);
    assertThat(info.fileHash()).isEmpty();
    assertThat(info.fileSize()).isEmpty();
    assertThat(info.info().references()).isEmpty();
    assertThat(info.info().deriver()).isEmpty();
    assertThat(info.signatures()).isEmpty();
    assertThat(parse(CURL.replaceAll("Deriver: .*", "Deriver: unknown-deriver")).info().deriver())
        .isEmpty();
    assertThat(parse(CURL.replaceAll("References: .*", "References:")).info().references())
        .isEmpty();
  }

  @Test
  void refusesWhatIsNotSaidWell() {
    refuses("StorePath: .*\n", "", "it does not say StorePath");
    refuses("URL: .*\n", "", "it does not say URL");
    refuses("NarHash: .*\n", "", "it does not say NarHash");
    refuses("NarSize: .*\n", "", "it does not say NarSize");
    refuses("NarSize: .*\n", "NarSize: 0\n", "NarSize: expected a number of bytes, found '0'");
    refuses("NarSize: .*\n", "NarSize: -1\n", "NarSize: expected a number of bytes");
    refuses("FileSize: .*\n", "FileSize: 99999999999999999999\n", "FileSize: expected a number");
    refuses("NarHash: .*\n", "NarHash: md5:x\n", "NarHash: expected a SHA-256 hash");
    refuses("FileHash: sha256:0", "FileHash: sha256:e", "FileHash: expected a SHA-256 hash");
    refuses("StorePath: /nix", "StorePath: /gnu", "StorePath: '/gnu/store/");
    refuses("StorePath: (.*)", "StorePath: $1/bin", "StorePath: '/nix/store/");
    refuses("References: ", "References: ../../etc/passwd ", "References: '/nix/store/../../etc");
    refuses("References: (\\S+)", "References: $1 $1", "twice");
    refuses("Deriver: ", "Deriver: x", "Deriver: '/nix/store/x5rw");
    refuses("Compression: .*", "Compression: br", "Compression: 'br' is not supported; expected");
    refuses("(NarSize: .*)", "$1\n$1", "x.narinfo:8: NarSize is there twice");
    refuses("URL: .*\n", "URL\n", "x.narinfo:2: expected KEY: VALUE");
    refuses("URL: .*\n", "\n", "x.narinfo:2: expected KEY: VALUE");
    refuses("over\n", "over", "it ends in the middle of a line");
    for (String url :
        new String[] {
          "/etc/passwd",
          "//host/x",
          "https://host/x",
          "file:x",
          "../x",
          "nar/../../x",
          "nar/./x",
          "nar//x",
          "nar/%2e%2e/x",
          "a b",
          "x\u0000",
          "\u00e9"
        }) {
      refuses("URL: .*", "URL: " + url, "URL: expected an address within the cache");
    }
  }

  private static void refuses(String pattern, String replacement, String fault) {
    String text = CURL.replaceFirst(pattern, replacement);
    assertThat(text).isNotEqualTo(CURL);
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(ImageException.class)
        .message()
        .startsWith("x.narinfo:")
        .contains(fault);
  }

  @Test
  void addressesMayHaveQueries() throws ImageException {
    assertThat(parse(CURL.replaceFirst("URL: .*", "URL: nar/x.nar?hash=abc")).url())
        .isEqualTo("nar/x.nar?hash=abc");
  }
}

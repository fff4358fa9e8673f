package dev.slipway.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Option;

/** The options of the command line. */
enum OptionName {
  STORE("", "store", "STORE", true),
  STORE_DIR("", "store-dir", "DIR", true),
  JSON("", "json", "", true),
  QUIET("q", "quiet", "", true),
  VERBOSE("v", "verbose", "", true),
  HELP("h", "help", "", true),
  VERSION("", "version", "", true),
  FILE("f", "file", "FILE", false),
  OUT("o", "output", "OUT", false),
  CONF("", "conf", "CONF", false),
  TAG("t", "repo_tag", "REPO:TAG", false),
  ISOLATION("", "isolation", "HOW", false),
  VM_KERNEL("", "vm-kernel", "FILE", false),
  VM_MODULES("", "vm-modules", "DIR", false),
  NETWORK("", "network", "WHICH", false),
  SCRIPT_TIMEOUT("", "script-timeout", "TIME", false),
  KEEP_FAILED("", "keep-failed", "", false),
  CACHE_SCRIPTS("", "cache-scripts", "", false),
  TLS_VERIFY("", "tls-verify", "true|false", false),
  AUTHFILE("", "authfile", "FILE", false),
  CREDS("", "creds", "USER:PASSWORD", false),
  OS("", "os", "OS", false),
  ARCH("", "arch", "ARCH", false),
  HASH("", "hash", "HASH", false),
  NAME("", "name", "NAME", false),
  IMAGE_TAG("", "tag", "TAG", false),
  PREFETCH_NAME("", "image-name", "NAME", false),
  PREFETCH_TAG("", "image-tag", "TAG", false),
  PREFETCH_DIGEST("", "image-digest", "DIGEST", false),
  FINAL_NAME("", "final-image-name", "NAME", false),
  FINAL_TAG("", "final-image-tag", "TAG", false),
  ALL("", "all", "", false),
  ANNOTATION("", "annotation", "KEY=VALUE", false),
  LABEL("", "label", "KEY=VALUE", false),
  FORMAT("", "format", "FORMAT", false),
  COMPRESS("", "compress", "HOW", false),
  RAW("", "raw", "", false),
  CONFIG("", "config", "", false),
  REFERENCES("", "references", "FILE", false),
  DEB_MIRROR("", "deb-mirror", "URL", false),
  DEB_KEYRING("", "deb-keyring", "FILE", false),
  TRUSTED_KEYS("", "trusted-public-keys", "KEYS", false),
  EXTRA_TRUSTED_KEYS("", "extra-trusted-public-keys", "KEYS", false),
  NO_CHECK_SIGS("", "no-check-sigs", "", false),
  KEEP("", "keep-fetched", "", false);

  /** The options of commands that run scripts. */
  static final List<OptionName> SCRIPTS =
      List.of(
          ISOLATION, VM_KERNEL, VM_MODULES, NETWORK, SCRIPT_TIMEOUT, KEEP_FAILED, CACHE_SCRIPTS);

  /** The options of commands that speak to registries. */
  static final List<OptionName> REGISTRIES = List.of(TLS_VERIFY, AUTHFILE, CREDS);

  /** The options of commands that read from binary caches. */
  static final List<OptionName> CACHES =
      List.of(TRUSTED_KEYS, EXTRA_TRUSTED_KEYS, NO_CHECK_SIGS, KEEP);

  private final String letter;
  private final String word;
  private final String value;
  private final boolean global;

  OptionName(String letter, String word, String value, boolean global) {
    this.letter = letter;
    this.word = word;
    this.value = value;
    this.global = global;
  }

  /** Its one-letter spelling without the dash, or nothing. */
  String letter() {
    return letter;
  }

  /** Its long spelling without the dashes. */
  String word() {
    return word;
  }

  /** What its value is called, or nothing if it has none. */
  String value() {
    return value;
  }

  /** Whether every command has it. */
  boolean isGlobal() {
    return global;
  }

  /** The name that commons-cli knows it by. */
  String key() {
    return letter.isEmpty() ? word : letter;
  }

  /** The spelling for messages. */
  String shown() {
    return letter.isEmpty() || global ? "--" + word : "-" + letter;
  }

  /** All its spellings. */
  List<String> spellings() {
    List<String> spellings = new ArrayList<>(List.of("--" + word));
    if (!letter.isEmpty()) {
      spellings.add("-" + letter);
    }
    return spellings;
  }

  static Optional<OptionName> of(Option option) {
    return Arrays.stream(values())
        .filter(name -> name.key().equals(option.getOpt()) || name.word.equals(option.getLongOpt()))
        .findFirst();
  }
}

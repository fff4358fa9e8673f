package dev.slipway.build;

import dev.slipway.layer.Compression;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import dev.slipway.transport.ImageLocation;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The arguments of {@code buildImage}, under their names in dockerTools.
 *
 * @param name the image's name; the image is tagged with it in lower case
 * @param tag the image's tag; if empty, it follows from the config
 * @param fromImage where the base image lies
 * @param fromImageName the name of the base image in that archive; if empty, any
 * @param fromImageTag the tag of the base image in that archive; if empty, any
 * @param copyToRoot paths of directories in the store (an object or something inside one), which
 *     are copied over one another to the image's root
 * @param contents the old name of {@code copyToRoot}; one of the two must be empty
 * @param keepContentsDirlinks whether symbolic links to directories stay links, else they become
 *     directories
 * @param config the runtime config, an object or null; its keys are sorted when it is written
 * @param platform what the image is for
 * @param created the time of creation as RFC 3339 has it, written as it stands
 * @param uid the owner's number of all files that are copied or made by the script
 * @param gid the group's number
 * @param extraCommands a bash script that changes the layer before it is packed
 * @param runAsRoot a bash script that runs as root where the image, with what is copied to it, is
 *     the root directory; {@code extraCommands} then runs after it
 * @param diskSize the room for what {@code runAsRoot} writes, in MiB
 * @param buildVMMemorySize the memory for {@code runAsRoot}, in MiB
 * @param includeNixDb whether the layer has Nix's database of the store paths that the image holds
 * @param compressor how the archive is compressed that {@code buildImage} writes
 */
public record PlainImageArguments(
    String name,
    Optional<String> tag,
    Optional<ImageLocation> fromImage,
    Optional<String> fromImageName,
    Optional<String> fromImageTag,
    List<String> copyToRoot,
    List<String> contents,
    boolean keepContentsDirlinks,
    JsonValue config,
    Platform platform,
    String created,
    long uid,
    long gid,
    String extraCommands,
    Optional<String> runAsRoot,
    long diskSize,
    long buildVMMemorySize,
    boolean includeNixDb,
    Compression compressor) {
  private static final long MOST_MIB = Long.MAX_VALUE >> 20;
  private static final long MOST_ID = 0xffff_ffffL;

  /**
   * Takes copies.
   *
   * @throws IllegalArgumentException if the name is empty, an owner's number is none of 32 bits, or
   *     the config neither an object nor null
   */
  public PlainImageArguments {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an image needs a name");
    }
    if (uid < 0 || uid > MOST_ID || gid < 0 || gid > MOST_ID) {
      throw new IllegalArgumentException("uid and gid have 32 bits, unlike " + uid + " and " + gid);
    }
    if (!(config instanceof JsonObject || config == JsonNull.NULL)) {
      throw new IllegalArgumentException("config is an object or null, not " + config.kind());
    }
    copyToRoot = List.copyOf(copyToRoot);
    contents = List.copyOf(contents);
  }

  /** dockerTools' defaults for an image of this name and CPU architecture. */
  public static Builder named(String name, String architecture) {
    return new Builder(name, new Platform("linux", architecture));
  }

  /** The name that the image is tagged with. */
  String imageName() {
    return name.toLowerCase(Locale.ROOT);
  }

  /** What is copied to the root, under whichever name it was given. */
  List<String> rootContents() {
    return copyToRoot.isEmpty() ? contents : copyToRoot;
  }

  /**
   * Refuses what can be seen to be wrong without a look at the store.
   *
   * @throws ImageException naming the argument
   */
  void check() throws ImageException {
    if (!contents.isEmpty() && !copyToRoot.isEmpty()) {
      throw new ImageException(
          "image '" + name + "': contents is the old name of copyToRoot: give only one");
    }
    checkMib("diskSize", diskSize);
    checkMib("buildVMMemorySize", buildVMMemorySize);
  }

  private void checkMib(String argument, long value) throws ImageException {
    if (value < 1 || value > MOST_MIB) {
      throw new ImageException(
          "image '%s': %s: expected a number of MiB, found %d".formatted(name, argument, value));
    }
  }

  /** Arguments in the making; what is not set has dockerTools' default. */
  public static final class Builder {
    private final String name;
    private Platform platform;
    private Optional<String> tag = Optional.empty();
    private Optional<ImageLocation> fromImage = Optional.empty();
    private Optional<String> fromImageName = Optional.empty();
    private Optional<String> fromImageTag = Optional.empty();
    private List<String> copyToRoot = List.of();
    private List<String> contents = List.of();
    private boolean keepContentsDirlinks;
    private JsonValue config = JsonNull.NULL;
    private String created = "1970-01-01T00:00:01Z";
    private long uid;
    private long gid;
    private String extraCommands = "";
    private Optional<String> runAsRoot = Optional.empty();
    private long diskSize = 1024;
    private long buildVMMemorySize = 512;
    private boolean includeNixDb;
    private Compression compressor = Compression.GZIP;

    private Builder(String name, Platform platform) {
      this.name = name;
      this.platform = platform;
    }

    /** Sets {@link PlainImageArguments#platform}. */
    public Builder platform(Platform value) {
      platform = value;
      return this;
    }

    /** Sets {@link PlainImageArguments#tag}. */
    public Builder tag(String value) {
      tag = Optional.of(value);
      return this;
    }

    /** Sets {@link PlainImageArguments#fromImage}. */
    public Builder fromImage(Path value) {
      return fromImage(ImageLocation.of(value));
    }

    /** Sets {@link PlainImageArguments#fromImage}. */
    public Builder fromImage(ImageLocation value) {
      fromImage = Optional.of(value);
      return this;
    }

    /** Sets {@link PlainImageArguments#fromImageName}. */
    public Builder fromImageName(String value) {
      fromImageName = Optional.of(value);
      return this;
    }

    /** Sets {@link PlainImageArguments#fromImageTag}. */
    public Builder fromImageTag(String value) {
      fromImageTag = Optional.of(value);
      return this;
    }

    /** Sets {@link PlainImageArguments#copyToRoot}. */
    public Builder copyToRoot(List<String> value) {
      copyToRoot = List.copyOf(value);
      return this;
    }

    /** Sets {@link PlainImageArguments#contents}. */
    public Builder contents(List<String> value) {
      contents = List.copyOf(value);
      return this;
    }

    /** Sets {@link PlainImageArguments#keepContentsDirlinks}. */
    public Builder keepContentsDirlinks(boolean value) {
      keepContentsDirlinks = value;
      return this;
    }

    /** Sets {@link PlainImageArguments#config}. */
    public Builder config(JsonValue value) {
      config = value;
      return this;
    }

    /** Sets {@link PlainImageArguments#created}. */
    public Builder created(String value) {
      created = value;
      return this;
    }

    /** Sets {@link PlainImageArguments#uid} and {@link PlainImageArguments#gid}. */
    public Builder ids(long user, long group) {
      uid = user;
      gid = group;
      return this;
    }

    /** Sets {@link PlainImageArguments#extraCommands}. */
    public Builder extraCommands(String value) {
      extraCommands = value;
      return this;
    }

    /** Sets {@link PlainImageArguments#runAsRoot}. */
    public Builder runAsRoot(String value) {
      runAsRoot = Optional.of(value);
      return this;
    }

    /** Sets {@link PlainImageArguments#diskSize}. */
    public Builder diskSize(long value) {
      diskSize = value;
      return this;
    }

    /** Sets {@link PlainImageArguments#buildVMMemorySize}. */
    public Builder buildVMMemorySize(long value) {
      buildVMMemorySize = value;
      return this;
    }

    /** Sets {@link PlainImageArguments#includeNixDb}. */
    public Builder includeNixDb(boolean value) {
      includeNixDb = value;
      return this;
    }

    /** Sets {@link PlainImageArguments#compressor}. */
    public Builder compressor(Compression value) {
      compressor = value;
      return this;
    }

    /** The arguments. */
    public PlainImageArguments build() {
      return new PlainImageArguments(
          name,
          tag,
          fromImage,
          fromImageName,
          fromImageTag,
          copyToRoot,
          contents,
          keepContentsDirlinks,
          config,
          platform,
          created,
          uid,
          gid,
          extraCommands,
          runAsRoot,
          diskSize,
          buildVMMemorySize,
          includeNixDb,
          compressor);
    }
  }
}

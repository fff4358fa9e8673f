package dev.slipway.build;

import dev.slipway.layer.Compression;
import dev.slipway.layering.Layering;
import dev.slipway.layering.PopularityLayering;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import dev.slipway.store.StorePath;
import dev.slipway.transport.ImageLocation;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The arguments of {@code buildLayeredImage} and {@code streamLayeredImage}, under their names in
 * dockerTools.
 *
 * @param name the image's name; the image is tagged with it in lower case
 * @param tag the image's tag; if empty, it follows from the config
 * @param fromImage where the base image lies
 * @param contents paths of directories in the store (an object or something inside one), whose
 *     files are linked to the image's root
 * @param config the runtime config, an object or null; its keys are sorted when it is written
 * @param platform what the image is for
 * @param created the time of creation
 * @param mtime the mtime of files in store layers; if empty, that of {@code created}
 * @param uid the owner's number of all files in store layers
 * @param gid the group's number
 * @param uname the owner's name
 * @param gname the group's name
 * @param maxLayers how many layers there may be, with the base's and the customisation layer
 * @param extraCommands a bash script that changes the customisation layer before it is packed
 * @param fakeRootCommands a bash script that then changes it as root, as far as it can tell
 * @param enableFakechroot whether that script has the layer for its root directory
 * @param includeStorePaths whether the closure is in the image at all
 * @param includeNixDb whether the customisation layer has Nix's database of the store paths that
 *     the image holds
 * @param layering how the closure is cut into layers
 * @param compressor how the archive is compressed that {@code buildLayeredImage} writes
 */
public record LayeredImageArguments(
    String name,
    Optional<String> tag,
    Optional<ImageLocation> fromImage,
    List<String> contents,
    JsonValue config,
    Platform platform,
    IsoTime created,
    Optional<IsoTime> mtime,
    long uid,
    long gid,
    String uname,
    String gname,
    int maxLayers,
    String extraCommands,
    String fakeRootCommands,
    boolean enableFakechroot,
    boolean includeStorePaths,
    boolean includeNixDb,
    Layering layering,
    Compression compressor) {
  /** Takes copies. */
  public LayeredImageArguments {
    contents = List.copyOf(contents);
  }

  /** dockerTools' defaults for an image of this name and CPU architecture. */
  public static Builder named(String name, String architecture) {
    return new Builder(name, new Platform("linux", architecture));
  }

  /** What the customisation layer is called in its store path. */
  String customisationName() {
    return name.substring(name.lastIndexOf('/') + 1) + "-customisation-layer";
  }

  /** The name that the image is tagged with. */
  String imageName() {
    return name.toLowerCase(Locale.ROOT);
  }

  /**
   * Refuses what can be seen to be wrong without a look at the store.
   *
   * @throws ImageException naming the argument
   */
  void check() throws ImageException {
    String fault = StorePath.nameFault(customisationName());
    if (fault != null) {
      throw new ImageException("image '" + name + "': name: " + fault);
    }
    if (maxLayers < 2) {
      throw new ImageException(
          "image '" + name + "': maxLayers: expected at least 2, found " + maxLayers);
    }
  }

  /** Arguments in the making; what is not set has dockerTools' default. */
  public static final class Builder {
    private final String name;
    private Platform platform;
    private Optional<String> tag = Optional.empty();
    private Optional<ImageLocation> fromImage = Optional.empty();
    private List<String> contents = List.of();
    private JsonValue config = JsonObject.EMPTY;
    private IsoTime created = IsoTime.of(Instant.ofEpochSecond(1));
    private Optional<IsoTime> mtime = Optional.empty();
    private long uid;
    private long gid;
    private String uname = "root";
    private String gname = "root";
    private int maxLayers = 100;
    private String extraCommands = "";
    private String fakeRootCommands = "";
    private boolean enableFakechroot;
    private boolean includeStorePaths = true;
    private boolean includeNixDb;
    private Layering layering = new PopularityLayering();
    private Compression compressor = Compression.GZIP;

    private Builder(String name, Platform platform) {
      this.name = name;
      this.platform = platform;
    }

    /** Sets {@link LayeredImageArguments#platform}. */
    public Builder platform(Platform value) {
      platform = value;
      return this;
    }

    /** Sets {@link LayeredImageArguments#tag}. */
    public Builder tag(String value) {
      tag = Optional.of(value);
      return this;
    }

    /** Sets {@link LayeredImageArguments#fromImage}. */
    public Builder fromImage(Path value) {
      return fromImage(ImageLocation.of(value));
    }

    /** Sets {@link LayeredImageArguments#fromImage}. */
    public Builder fromImage(ImageLocation value) {
      fromImage = Optional.of(value);
      return this;
    }

    /** Sets {@link LayeredImageArguments#contents}. */
    public Builder contents(List<String> value) {
      contents = List.copyOf(value);
      return this;
    }

    /** Sets {@link LayeredImageArguments#config}. */
    public Builder config(JsonValue value) {
      config = value;
      return this;
    }

    /** Sets {@link LayeredImageArguments#created}. */
    public Builder created(IsoTime value) {
      created = value;
      return this;
    }

    /** Sets {@link LayeredImageArguments#mtime}. */
    public Builder mtime(IsoTime value) {
      mtime = Optional.of(value);
      return this;
    }

    /** Sets {@link LayeredImageArguments#uid} and {@link LayeredImageArguments#gid}. */
    public Builder ids(long user, long group) {
      uid = user;
      gid = group;
      return this;
    }

    /** Sets {@link LayeredImageArguments#uname} and {@link LayeredImageArguments#gname}. */
    public Builder names(String user, String group) {
      uname = user;
      gname = group;
      return this;
    }

    /** Sets {@link LayeredImageArguments#maxLayers}. */
    public Builder maxLayers(int value) {
      maxLayers = value;
      return this;
    }

    /** Sets {@link LayeredImageArguments#fakeRootCommands}. */
    public Builder fakeRootCommands(String value) {
      fakeRootCommands = value;
      return this;
    }

    /** Sets {@link LayeredImageArguments#enableFakechroot}. */
    public Builder enableFakechroot(boolean value) {
      enableFakechroot = value;
      return this;
    }

    /** Sets {@link LayeredImageArguments#extraCommands}. */
    public Builder extraCommands(String value) {
      extraCommands = value;
      return this;
    }

    /** Sets {@link LayeredImageArguments#includeStorePaths}. */
    public Builder includeStorePaths(boolean value) {
      includeStorePaths = value;
      return this;
    }

    /** Sets {@link LayeredImageArguments#includeNixDb}. */
    public Builder includeNixDb(boolean value) {
      includeNixDb = value;
      return this;
    }

    /** Sets {@link LayeredImageArguments#layering}. */
    public Builder layering(Layering value) {
      layering = value;
      return this;
    }

    /** Sets {@link LayeredImageArguments#compressor}. */
    public Builder compressor(Compression value) {
      compressor = value;
      return this;
    }

    /** The arguments. */
    public LayeredImageArguments build() {
      return new LayeredImageArguments(
          name,
          tag,
          fromImage,
          contents,
          config,
          platform,
          created,
          mtime,
          uid,
          gid,
          uname,
          gname,
          maxLayers,
          extraCommands,
          fakeRootCommands,
          enableFakechroot,
          includeStorePaths,
          includeNixDb,
          layering,
          compressor);
    }
  }
}

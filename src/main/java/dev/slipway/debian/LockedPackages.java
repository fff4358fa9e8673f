package dev.slipway.debian;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What was asked of Debian, with the packages that are the answer: those and all that they need, by
 * name.
 *
 * @param request what was asked
 * @param packages the answer
 */
public record LockedPackages(DebianRequest request, List<LockedPackage> packages) {
  /** Takes a copy. */
  public LockedPackages {
    packages = List.copyOf(packages);
  }

  /**
   * What a mirror has now.
   *
   * @param signatures says whether that is Debian's
   * @param temporary a folder for a while
   * @throws ImageException if it has no such packages
   * @throws IOException if it cannot be asked
   * @throws InterruptedException if checking a signature is interrupted
   */
  public static LockedPackages of(
      DebianRequest request, DebianMirror mirror, ReleaseSignature signatures, Path temporary)
      throws IOException, InterruptedException {
    List<DebianPackage> all = new ArrayList<>();
    for (String folder : request.releases()) {
      DebianRelease release = DebianRelease.open(mirror, folder, signatures, temporary);
      for (String component : request.components()) {
        all.addAll(release.packages(component, request.architecture(), temporary));
      }
    }
    List<LockedPackage> packages = new ArrayList<>();
    for (PackageChoice.Chosen chosen : new PackageChoice(all).of(request.packages()).values()) {
      DebianPackage found = chosen.found();
      packages.add(
          new LockedPackage(
              found.name(),
              found.version().text(),
              found.path(),
              found.size(),
              found.digest(),
              chosen.needs()));
    }
    return new LockedPackages(request, packages);
  }
}

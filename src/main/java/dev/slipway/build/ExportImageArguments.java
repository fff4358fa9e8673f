package dev.slipway.build;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The arguments of {@code exportImage}.
 *
 * @param fromImage the archive with the image
 * @param fromImageName which of the archive's images, by its name
 * @param fromImageTag which of the archive's images, by its tag; without name and tag the first
 */
public record ExportImageArguments(
    Path fromImage, Optional<String> fromImageName, Optional<String> fromImageTag) {}

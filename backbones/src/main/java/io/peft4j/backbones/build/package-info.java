/** What the backbone families are written with: modules, patches, attention, blocks, weights. */
@NullMarked
package io.peft4j.backbones.build;

import org.jspecify.annotations.NullMarked;

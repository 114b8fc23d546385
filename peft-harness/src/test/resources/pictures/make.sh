#!/bin/sh
# Makes the pictures beside it: ImageMagick 6, libwebp's tools, ExifTool and Pillow (Debian:
# imagemagick webp libimage-exiftool-perl python3-pil). Four quarters, red and green above blue and
# white. telephone.jpg and its mask are of a data set with a turned photograph.
set -eu
cd "$(dirname "$0")"
w=$(mktemp -d)
trap 'rm -rf "$w"' EXIT
strip="-define png:exclude-chunks=date,time -strip"
jpeg="-quality 92 -sampling-factor 1x1"

convert-im6 -size 24x16 xc:red xc:lime +append \
  \( -size 24x16 xc:blue xc:white +append \) -append "$w/upright.png"
cp "$w/upright.png" "$w/1.png"
convert-im6 "$w/upright.png" -flop "$w/2.png"
convert-im6 "$w/upright.png" -rotate 180 "$w/3.png"
convert-im6 "$w/upright.png" -flip "$w/4.png"
convert-im6 "$w/upright.png" -transpose "$w/5.png"
convert-im6 "$w/upright.png" -rotate 270 "$w/6.png"
convert-im6 "$w/upright.png" -transverse "$w/7.png"
convert-im6 "$w/upright.png" -rotate 90 "$w/8.png"

# EXIF orientation in both byte orders; each shows upright in a viewer.
for o in 1 2 3 4 5 6 7 8; do
  for order in II MM; do
    convert-im6 "$w/$o.png" -strip $jpeg "turned-$o-$order.jpg"
    exiftool -q -n -overwrite_original -ExifByteOrder=$order -Orientation=$o "turned-$o-$order.jpg"
  done
done
convert-im6 "$w/6.png" $strip turned-6.png
cwebp -quiet -lossless "$w/6.png" -o turned-6.webp
convert-im6 "$w/6.png" $strip -compress LZW turned-6.tiff
for f in turned-6.png turned-6.webp turned-6.tiff; do
  exiftool -q -n -overwrite_original -IFD0:Orientation=6 $f
done

# Formats and kinds of pixels.
convert-im6 "$w/upright.png" -strip $jpeg -interlace JPEG progressive.jpg
convert-im6 "$w/upright.png" -strip $jpeg -colorspace CMYK ycck.jpg
convert-im6 "$w/upright.png" $strip -depth 8 PNG24:rgb.png
convert-im6 "$w/upright.png" $strip PNG48:rgb16.png
convert-im6 "$w/upright.png" $strip PNG8:palette.png
convert-im6 "$w/upright.png" $strip -transparent white -background black -alpha background PNG32:alpha.png
cwebp -quiet -q 95 "$w/upright.png" -o lossy.webp
cwebp -quiet -lossless "$w/upright.png" -o lossless.webp
cwebp -quiet -lossless alpha.png -o alpha.webp
cwebp -quiet -q 95 alpha.png -o alpha-lossy.webp
convert-im6 "$w/upright.png" $strip -compress LZW lzw.tiff
convert-im6 "$w/upright.png" $strip -compress Zip -depth 16 deflate16.tiff
convert-im6 "$w/upright.png" $strip -compress None -colorspace CMYK cmyk.tiff
convert-im6 "$w/upright.png" $strip -compress JPEG $jpeg jpeg.tiff
convert-im6 "$w/upright.png" "$w/3.png" $strip -compress LZW two-pages.tiff
convert-im6 "$w/upright.png" BMP3:rgb.bmp
convert-im6 "$w/upright.png" -type Palette -compress RLE BMP3:rle.bmp
convert-im6 "$w/upright.png" -strip still.gif
convert-im6 "$w/upright.png" -strip -transparent white -background black -alpha background transparent.gif
convert-im6 -delay 10 "$w/upright.png" "$w/3.png" -loop 0 -strip moving.gif
gif2webp -quiet moving.gif -o moving.webp
# Grey 64, 128, 192 from left to right, by value.
for k in jpg png tiff; do
  convert-im6 -size 16x16 'xc:gray(64)' 'xc:gray(128)' 'xc:gray(192)' +append -strip \
    -colorspace Gray -set colorspace Gray -depth 8 -quality 92 "grey.$k"
done
convert-im6 grey.png -strip -define png:bit-depth=16 -define png:color-type=0 grey16.png

# A profile whose red is sRGB's blue and whose blue is its red: the stored quarters are swapped too.
python3 - "$w/swapped.icc" <<'P'
import struct, sys
s15 = lambda *v: b''.join(struct.pack('>i', round(x * 65536)) for x in v)
xyz = lambda *v: b'XYZ \0\0\0\0' + s15(*v)
curve = b'curv\0\0\0\0' + struct.pack('>IH', 1, round(2.2 * 256)) + b'\0\0'
text = b'desc\0\0\0\0' + struct.pack('>I', 8) + b'swapped\0' + bytes(78)
tags = [(b'desc', text), (b'cprt', b'text\0\0\0\0CC0\0'), (b'wtpt', xyz(.9642, 1, .8249)),
        (b'bXYZ', xyz(.4360, .2225, .0139)), (b'gXYZ', xyz(.3851, .7169, .0971)),
        (b'rXYZ', xyz(.1431, .0606, .7141)), (b'rTRC', curve), (b'gTRC', curve), (b'bTRC', curve)]
table, body, at = b'', b'', 128 + 4 + 12 * len(tags)
for name, data in tags:
    data += bytes(-len(data) % 4)
    table += name + struct.pack('>II', at + len(body), len(data))
    body += data
head = struct.pack('>I4sI4s4s4s', at + len(body), b'none', 0x02100000, b'mntr', b'RGB ', b'XYZ ')
head += struct.pack('>6H', 2026, 1, 1, 0, 0, 0) + b'acsp' + bytes(28) + s15(.9642, 1, .8249)
head += bytes(128 - len(head))
open(sys.argv[1], 'wb').write(head + struct.pack('>I', len(tags)) + table + body)
P
convert-im6 "$w/upright.png" -strip -separate -swap 0,2 -combine -set colorspace sRGB "$w/swapped.png"
convert-im6 "$w/swapped.png" -strip $jpeg -profile "$w/swapped.icc" profile.jpg
convert-im6 "$w/swapped.png" -strip -type TrueColor -profile "$w/swapped.icc" profile.tiff
python3 - "$w/swapped.png" "$w/swapped.icc" <<'Q'
import sys
from PIL import Image
profile = open(sys.argv[2], 'rb').read()
Image.open(sys.argv[1]).convert('RGB').save('profile.png', icc_profile=profile)
Image.open('rgb.png').convert('CMYK').save('cmyk.jpg', quality=92, subsampling=0)
Q
cwebp -quiet -lossless -metadata icc profile.png -o profile.webp

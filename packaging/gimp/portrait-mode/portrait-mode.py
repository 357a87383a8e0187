#!/usr/bin/env python3
"""GIMP 3 plug-in, Filters › Blur › Portrait mode: adds the portrait as a layer, and the person as a layer with a mask.

Copy the folder ``portrait-mode`` to GIMP's folder ``plug-ins`` (Edit › Preferences › Folders › Plug-ins), and on Linux
and macOS make this file executable. It starts the installed ``portrait``, see ``calling.py``.
"""

import sys
import tempfile
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import Gimp, GimpUi, Gio, GLib, GObject  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent))
from calling import CallError, make_portrait  # noqa: E402

PROCEDURE = "plug-in-portrait-mode"


class PortraitMode(Gimp.PlugIn):
    """Registers the procedure."""

    def do_query_procedures(self):
        return [PROCEDURE]

    def do_set_i18n(self, name):
        return False

    def do_create_procedure(self, name):
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
        procedure.set_image_types("RGB*, GRAY*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
        procedure.set_menu_label("_Portrait mode…")
        procedure.add_menu_path("<Image>/Filters/Blur")
        procedure.set_documentation("Blur what is behind people", "Calls the installed program Portrait.", name)
        procedure.set_attribution("The Portrait contributors", "Apache-2.0", "2026")
        both = GObject.ParamFlags.READWRITE
        procedure.add_double_argument("f-number", "_F-number", "Smaller: more blur", 1.4, 16.0, 2.0, both)
        procedure.add_boolean_argument("fine", "F_ine outline", "Slower, with closer looks", True, both)
        return procedure


def run(procedure, run_mode, image, drawables, config, data):
    """Ask for the options, call ``portrait`` on the visible image, and add its layers."""
    if run_mode == Gimp.RunMode.INTERACTIVE:
        GimpUi.init(PROCEDURE)
        dialog = GimpUi.ProcedureDialog.new(procedure, config, "Portrait mode")
        dialog.fill(None)
        is_wanted = dialog.run()
        dialog.destroy()
        if not is_wanted:
            return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
    try:
        with tempfile.TemporaryDirectory(prefix="portrait-gimp-") as folder:
            add_layers(image, Path(folder), config.get_property("f-number"), config.get_property("fine"))
    except CallError as exc:
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(str(exc)))
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())


def add_layers(image, folder, f_number, fine):
    """Write the visible image, make its portrait, and add: the portrait; above it the person with the matte as mask."""
    photo = folder / "photo.png"
    flat = image.duplicate()
    flat.flatten()
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, flat, Gio.File.new_for_path(str(photo)), None)
    flat.delete()
    made = make_portrait(photo, folder, f_number=f_number, quality="fine" if fine else "fast")
    image.undo_group_start()
    try:
        insert(image, made.portrait, "Portrait")
        person = insert(image, photo, "Person")
        add_mask(image, person, made.matte)
    finally:
        image.undo_group_end()
        Gimp.displays_flush()


def insert(image, path, name):
    """Add an image file as the top layer."""
    layer = Gimp.file_load_layer(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(path)))
    layer.set_name(name)
    image.insert_layer(layer, None, 0)
    return layer


def add_mask(image, layer, matte):
    """Give a layer the matte as its mask."""
    mask = layer.create_mask(Gimp.AddMaskType.BLACK)
    layer.add_mask(mask)
    loaded = insert(image, matte, "matte")
    Gimp.edit_copy([loaded])
    floating = Gimp.edit_paste(mask, True)[0]
    Gimp.floating_sel_anchor(floating)
    image.remove_layer(loaded)


Gimp.main(PortraitMode.__gtype__, sys.argv)

"""Finds an npm package as Node would: node_modules of this folder and of every folder above it, then those of NODE_PATH."""

import json
import os


def find_package(name, start=None):
    folder = os.path.abspath(start or os.path.dirname(__file__))
    places = [os.path.join(folder, "node_modules")]
    while os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
        places.append(os.path.join(folder, "node_modules"))
    places += [place for place in os.environ.get("NODE_PATH", "").split(os.pathsep) if place]
    for place in places:
        package = os.path.join(place, *name.split("/"))
        if os.path.isfile(os.path.join(package, "package.json")):
            return package
    raise FileNotFoundError(f"npm package {name} is in none of {places}; npm install it, or name its folder in NODE_PATH")


def package_of(path):
    """(name, version) of the package that holds a file."""
    folder = os.path.dirname(os.path.abspath(path))
    while True:
        manifest = os.path.join(folder, "package.json")
        if os.path.isfile(manifest):
            with open(manifest) as file:
                data = json.load(file)
            if "version" in data:
                return data["name"], data["version"]
        if os.path.dirname(folder) == folder:
            return None, None
        folder = os.path.dirname(folder)

"""Writes the files beside it with NumPy and TensorFlow: arrays.json (.npy files as base64, with their values) and small frozen graphs.

Run with TensorFlow 2.21: python make.py
"""
import base64
import io
import json
import os
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = ''

import numpy as np
import tensorflow as tf
from google.protobuf import json_format, text_format

HERE = os.path.dirname(os.path.abspath(__file__))


def npy(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    return base64.b64encode(file.getvalue()).decode()


def values(array):
    """Nested lists as HostTensor.toArray gives them, 64-bit integers and non-finite numbers as strings."""
    if array.dtype.kind == 'c':
        return np.stack([array.real, array.imag], -1).tolist()
    if array.dtype.kind == 'S':
        return array.astype('U').tolist()
    if array.dtype.itemsize == 8 and array.dtype.kind in 'iu':
        return array.astype('U').tolist()
    return array.tolist()


def arrays():
    cases = []

    def add(name, array, version=None):
        cases.append({'name': name, 'file': npy(array, version), 'shape': list(array.shape), 'values': values(array)})

    base = np.arange(24).reshape(2, 3, 4)
    for dtype in ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'c8', 'c16']:
        add(dtype, base.astype(dtype))
        add(dtype + ' in Fortran order', np.asfortranarray(base.astype(dtype)))
    add('bool', base % 3 == 0)
    add('bool in Fortran order', np.asfortranarray(base % 3 == 0))
    add('rank 0', np.array(2.5, np.float32))
    add('rank 1', np.array([2**63 - 1, -2**63]))
    add('empty', np.zeros([0, 3], np.float32))
    add('empty in Fortran order', np.zeros([3, 0, 2], np.float32, order='F'))
    add('version 2', base.astype('f4'), (2, 0))
    add('version 3', base.astype('f4'), (3, 0))
    add('bytes', np.array([[b'a', b''], [b'bcd', b'e']]))
    add('text', np.array(['a', '', '\u00e9\U0001F600']))
    add('text in Fortran order', np.asfortranarray(np.array([['a', 'b', 'c'], ['d', 'e', 'f']])))
    refused = [
        {'name': 'big-endian', 'file': npy(base.astype('>f4')), 'says': 'big-endian'},
        {'name': 'big-endian text', 'file': npy(np.array(['a']).astype('>U1')), 'says': 'big-endian'},
        {'name': 'structured', 'file': npy(np.zeros(2, [('a', 'f4')])), 'says': 'structured'},
        {'name': 'datetime', 'file': npy(np.array(['2020-01-01'], 'M8[D]')), 'says': 'no counterpart'},
        {'name': 'object', 'file': npy(np.array([None], object)), 'says': 'pickled'},
    ]
    with open(os.path.join(HERE, 'arrays.json'), 'w') as file:
        json.dump({'read': cases, 'refused': refused}, file, indent=1)


def write(name, graph):
    definition = graph.as_graph_def(add_shapes=True)
    with open(os.path.join(HERE, name + '.pb'), 'wb') as file:
        file.write(definition.SerializeToString(deterministic=True))
    with open(os.path.join(HERE, name + '.pbtxt'), 'w') as file:
        file.write(text_format.MessageToString(definition))
    with open(os.path.join(HERE, name + '.json'), 'w') as file:
        file.write(json_format.MessageToJson(definition, sort_keys=True))


def network():
    """A small network as TensorFlow's freezer leaves one: convolution, pooling, dense, two outputs of one node."""
    tf1 = tf.compat.v1
    random = np.random.default_rng(1)
    graph = tf.Graph()
    with graph.as_default():
        x = tf1.placeholder(tf.float32, [None, 8, 8, 3], 'x')
        kernel = tf1.constant(random.normal(size=[3, 3, 3, 4]).astype(np.float32), name='kernel')
        y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 2, 'SAME'), tf.constant([0.1, 0.2, 0.3, 0.4])))
        y = tf.reshape(tf.nn.max_pool2d(y, 2, 2, 'VALID'), [-1, 16])
        y = tf.matmul(y, tf1.constant(random.normal(size=[16, 5]).astype(np.float32), name='dense'))
        tf.nn.softmax(y, name='probabilities')
        tf.nn.top_k(y, 2, name='best')
    write('network', graph)


def loop():
    """A TensorFlow 1 while loop: Enter, Merge, Switch, Exit, NextIteration."""
    tf1 = tf.compat.v1
    tf1.disable_control_flow_v2()
    graph = tf.Graph()
    with graph.as_default():
        n = tf1.placeholder(tf.int32, [], 'n')
        tf1.while_loop(lambda i, s: i < n, lambda i, s: [i + 1, s + tf.cast(i, tf.float32)], [0, 0.0], name='loop')
    write('loop', graph)


for make in (arrays, network, loop):
    make()
sys.stdout.write('written\n')

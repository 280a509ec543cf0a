"""Writes the files beside it: messages that TensorFlow itself serialised, each in binary, text and JSON form.

Run with TensorFlow 2.21: python make.py
"""
import os
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = ''

import numpy as np
import tensorflow as tf
from google.protobuf import json_format, text_format
from tensorflow.core.framework import attr_value_pb2, graph_pb2, tensor_pb2, types_pb2
from tensorflow.core.protobuf import config_pb2, meta_graph_pb2

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, message):
    with open(os.path.join(HERE, name + '.pb'), 'wb') as file:
        file.write(message.SerializeToString(deterministic=True))
    with open(os.path.join(HERE, name + '.pbtxt'), 'w') as file:
        file.write(text_format.MessageToString(message))
    with open(os.path.join(HERE, name + '.json'), 'w') as file:
        file.write(json_format.MessageToJson(message, sort_keys=True))


def constants():
    """One Const per dtype, as tensor_content, as typed field, and with fewer values than elements."""
    tf1 = tf.compat.v1
    graph = tf.Graph()
    values = {
        'float32': [1.5, -0.1, float('inf')], 'float64': [1.5, -0.1, float('nan')], 'float16': [1.5, -0.1, 65504.0],
        'bfloat16': [1.5, -0.1, 3e38], 'int8': [-128, 0, 127], 'uint8': [0, 7, 255], 'int16': [-32768, 0, 32767],
        'uint16': [0, 7, 65535], 'int32': [-2**31, 0, 2**31 - 1], 'uint32': [0, 7, 2**32 - 1], 'int64': [-2**63, 2**53 + 1, 2**63 - 1],
        'uint64': list(np.array([0, 7, 2**64 - 1], np.uint64)), 'bool': [True, False, True], 'complex64': [1 + 2j, 3j, -1], 'complex128': [1 + 2j, 3j, 0.1],
        'string': ['', 'text', b'\xff\x00\n"\''],
    }
    with graph.as_default():
        for dtype, three in values.items():
            tf1.constant(three, dtype, shape=[3], name=dtype + '_three')
            tf1.constant(three[1], dtype, name=dtype + '_one')
    definition = graph.as_graph_def()
    for dtype, three in values.items():
        node = definition.node.add(name=dtype + '_splat', op='Const')
        node.attr['dtype'].type = tf.as_dtype(dtype).as_datatype_enum
        value = node.attr['value'].tensor
        value.CopyFrom(tf1.make_tensor_proto(three[2], dtype))
        value.tensor_shape.CopyFrom(tf.TensorShape([2, 3]).as_proto())
        node = definition.node.add(name=dtype + '_zeros', op='Const')
        node.attr['dtype'].type = tf.as_dtype(dtype).as_datatype_enum
        node.attr['value'].tensor.dtype = tf.as_dtype(dtype).as_datatype_enum
        node.attr['value'].tensor.tensor_shape.CopyFrom(tf.TensorShape([2]).as_proto())
    write('constants', definition)


def attributes():
    """Every kind of attribute, a function library, versions."""
    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name='x')])
    def function(x):
        weights = tf.constant([[1.0], [2.0]])
        return {'y': tf.cond(tf.reduce_sum(x) > 0, lambda: tf.matmul(x, weights), lambda: tf.zeros([1, 1]))}

    definition = graph_pb2.GraphDef()
    definition.CopyFrom(function.get_concrete_function().graph.as_graph_def())
    node = definition.node.add(name='all', op='Any', device='/job:localhost/device:CPU:0', input=['x', 'x:1', '^x'])
    attr = node.attr
    attr['s'].s = b'bytes\xff'
    attr['i'].i = 2**53 + 1
    attr['negative'].i = -1
    attr['f'].f = 0.1
    attr['b'].b = False
    attr['type'].type = types_pb2.DT_HALF
    attr['ref'].type = types_pb2.DT_FLOAT_REF
    attr['shape'].shape.CopyFrom(tf.TensorShape([None, 3]).as_proto())
    attr['unknown_shape'].shape.unknown_rank = True
    attr['scalar_shape'].shape.SetInParent()
    attr['tensor'].tensor.CopyFrom(tf.make_tensor_proto(np.arange(3, dtype=np.int32)))
    attr['func'].func.name = 'f'
    attr['func'].func.attr['T'].type = types_pb2.DT_INT64
    attr['placeholder'].placeholder = 'N'
    attr['empty_list'].list.SetInParent()
    attr['list_s'].list.s.extend([b'a', b''])
    attr['list_i'].list.i.extend([0, -2, 2**62])
    attr['list_f'].list.f.extend([0.5, float('-inf')])
    attr['list_b'].list.b.extend([True, False])
    attr['list_type'].list.type.extend([types_pb2.DT_FLOAT, types_pb2.DT_STRING])
    attr['list_shape'].list.shape.add().CopyFrom(tf.TensorShape([2]).as_proto())
    attr['list_shape'].list.shape.add().unknown_rank = True
    attr['list_tensor'].list.tensor.add().CopyFrom(tf.make_tensor_proto(1.0))
    attr['list_func'].list.func.add().name = 'g'
    definition.versions.bad_consumers.extend([3, 5])
    write('attributes', definition)


def configuration():
    config = config_pb2.ConfigProto(
        device_count={'CPU': 2, 'GPU': 0}, intra_op_parallelism_threads=2, allow_soft_placement=True, log_device_placement=True,
        inter_op_parallelism_threads=-1, operation_timeout_in_ms=2**40, device_filters=['/job:ps', '/job:worker/task:1'])
    config.gpu_options.per_process_gpu_memory_fraction = 0.3
    config.gpu_options.experimental.virtual_devices.add(memory_limit_mb=[100, 200.5])
    config.graph_options.optimizer_options.opt_level = config_pb2.OptimizerOptions.L0
    config.graph_options.rewrite_options.min_graph_nodes = -1
    config.graph_options.rewrite_options.custom_optimizers.add(name='x').parameter_map['k'].s = b'v'
    config.session_inter_op_thread_pool.add(num_threads=3, global_name='pool')
    config.cluster_def.job.add(name='worker').tasks[1] = 'host:1'
    write('config', config)


def meta_graph():
    meta = meta_graph_pb2.MetaGraphDef()
    meta.meta_info_def.tags.extend(['serve'])
    meta.meta_info_def.stripped_op_list.op.add(name='Op').attr.add(name='T', type='type', has_minimum=True, minimum=-3)
    meta.collection_def['c'].int64_list.value.extend([1, -1])
    meta.collection_def['floats'].float_list.value.extend([0.1])
    info = meta.signature_def['serving_default'].inputs['x']
    info.name = 'x:0'
    info.dtype = types_pb2.DT_FLOAT
    info.tensor_shape.CopyFrom(tf.TensorShape([None]).as_proto())
    node = meta.object_graph_def.nodes.add()
    node.children.add(node_id=1, local_name='v')
    node.constant.operation = 'op'
    function = meta.object_graph_def.concrete_functions['f']
    function.canonicalized_input_signature.dict_value.fields['a'].int64_value = -5
    function.canonicalized_input_signature.dict_value.fields['n'].none_value.SetInParent()
    write('metaGraph', meta)


for make in (constants, attributes, configuration, meta_graph):
    make()
sys.stdout.write('written\n')

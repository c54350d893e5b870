"""A provider with one kind of resource whose creation the test holds up, to interrupt it."""

# ruff: noqa: ARG002 (the signatures are gRPC's)
from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc


class SlowCloud(provider_pb2_grpc.ResourceProviderServicer):
    """`slow:index:Disk`: created once `release` is set; `creating` tells that it has begun."""

    def __init__(self) -> None:
        self.creating = threading.Event()
        self.release = threading.Event()
        self._server = grpc.server(ThreadPoolExecutor(8))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self.providers = f"slow:{port}"  # for PULUMI_DEBUG_PROVIDERS

    def stop(self) -> None:
        self.release.set()
        self._server.stop(grace=0)

    def Attach(self, request, context):
        return Empty()

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request, context):
        return provider_pb2.ConfigureResponse(acceptSecrets=True)

    def Check(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Create(self, request, context):
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        self.creating.set()
        self.release.wait(timeout=60)
        return provider_pb2.CreateResponse(id="disk-1", properties=request.properties)

    def Read(self, request, context):
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request, context):
        return Empty()

    def Cancel(self, request, context):
        return Empty()

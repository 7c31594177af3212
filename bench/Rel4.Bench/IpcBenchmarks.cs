using BenchmarkDotNet.Attributes;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Bench;

/// <summary>Measures a client that calls and a server that replies and receives: one round trip is two system calls.</summary>
[MemoryDiagnoser]
public unsafe class IpcBenchmarks
{
    private KernelWorld _world = null!;
    private Tcb* _client;
    private Tcb* _server;
    private ulong _endpoint;
    private ulong _notification;
    private ulong _waitedNotification;
    private Tcb* _waiter;

    [GlobalSetup]
    public void SetUp()
    {
        _world = new KernelWorld();
        _endpoint = _world.Make(ObjectType.Endpoint);
        _notification = _world.Make(ObjectType.Notification);
        _waitedNotification = _world.Make(ObjectType.Notification);
        _client = _world.Thread();
        _server = _world.Thread();
        _waiter = _world.Thread();
        _world.Kernel.Trap(_server, Syscall.Recv, _endpoint, default);
    }

    [GlobalCleanup]
    public void CleanUp() => _world.Dispose();

    [Benchmark(Baseline = true, Description = "Call + ReplyRecv, 4 words, fast path")]
    public void RoundTripFast()
    {
        _world.Kernel.Trap(_client, Syscall.Call, _endpoint, new MessageInfo(1, 0, 0, 4));
        _world.Kernel.Trap(_server, Syscall.ReplyRecv, _endpoint, new MessageInfo(0, 0, 0, 4));
    }

    [Benchmark(Description = "Call + ReplyRecv, 10 words, slow path")]
    public void RoundTripSlow()
    {
        _world.Kernel.Trap(_client, Syscall.Call, _endpoint, new MessageInfo(1, 0, 0, 10));
        _world.Kernel.Trap(_server, Syscall.ReplyRecv, _endpoint, new MessageInfo(0, 0, 0, 10));
    }

    [Benchmark(Description = "Call + ReplyRecv, 120 words, slow path")]
    public void RoundTripLong()
    {
        _world.Kernel.Trap(_client, Syscall.Call, _endpoint, new MessageInfo(1, 0, 0, 120));
        _world.Kernel.Trap(_server, Syscall.ReplyRecv, _endpoint, new MessageInfo(0, 0, 0, 120));
    }

    [Benchmark(Description = "Signal, no waiter")]
    public void SignalWithoutWaiter() => _world.Kernel.Trap(_client, Syscall.Send, _notification, default);

    [Benchmark(Description = "Wait + Signal, one waiter")]
    public void SignalWithWaiter()
    {
        _world.Kernel.Trap(_waiter, Syscall.Recv, _waitedNotification, default);
        _world.Kernel.Trap(_client, Syscall.Send, _waitedNotification, default);
    }
}

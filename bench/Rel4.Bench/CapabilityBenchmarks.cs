using BenchmarkDotNet.Attributes;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Bench;

/// <summary>Measures what capabilities cost: finding, copying, deleting, making and revoking them.</summary>
[MemoryDiagnoser]
public unsafe class CapabilityBenchmarks
{
    private const int Children = 10_000;
    private const ulong FirstChild = 4096;
    private KernelWorld _world = null!;
    private ulong _endpoint;
    private ulong _untyped;
    private ulong _free;
    private Tcb* _deep;
    private ulong _deepAddress;

    [GlobalSetup]
    public void SetUp()
    {
        _world = new KernelWorld();
        _endpoint = _world.Make(ObjectType.Endpoint);
        _untyped = _world.Make(ObjectType.Untyped, 16);
        _free = _world.Make(ObjectType.Endpoint);
        _world.Invoke(RootSlot.CNode, InvocationLabel.CNodeDelete, [], _free, 64);
        BuildDeepSpace();
    }

    [GlobalCleanup]
    public void CleanUp() => _world.Dispose();

    [Benchmark(Description = "Lookup, depth 1")]
    public nint LookupFlat() => (nint)CSpace.LookupSlot(_world.Root, _endpoint);

    [Benchmark(Description = "Lookup, depth 3")]
    public nint LookupDeep() => (nint)CSpace.LookupSlot(_deep, _deepAddress);

    [Benchmark(Description = "CNode_Copy + CNode_Delete")]
    public void CopyAndDelete()
    {
        _world.Copy(_endpoint, _free);
        _world.Invoke(RootSlot.CNode, InvocationLabel.CNodeDelete, [], _free, 64);
    }

    [Benchmark(Description = "Retype one endpoint + CNode_Delete")]
    public void RetypeAndDelete()
    {
        _world.Retype(_untyped, ObjectType.Endpoint, 0, _free, 1);
        _world.Invoke(RootSlot.CNode, InvocationLabel.CNodeDelete, [], _free, 64);
    }

    [Benchmark(Description = "10,000 CNode_Copy, then CNode_Revoke", OperationsPerInvoke = Children)]
    public void CopyManyAndRevoke()
    {
        CopyMany(Children);
        Revoke();
    }

    [Benchmark(Description = "1,000 CNode_Copy, then CNode_Revoke (linear: as much each)", OperationsPerInvoke = Children / 10)]
    public void CopyFewAndRevoke()
    {
        CopyMany(Children / 10);
        Revoke();
    }

    private void CopyMany(int count)
    {
        for (ulong i = 0; i < (ulong)count; i++)
            _world.Copy(_endpoint, FirstChild + i);
    }

    private void Revoke() => _world.Invoke(RootSlot.CNode, InvocationLabel.CNodeRevoke, [], _endpoint, 64);

    /// <summary>Makes a thread whose CSpace has three levels of 4 bits, the first with a guard for the bits above.</summary>
    private void BuildDeepSpace()
    {
        const int Bits = 4;
        ulong first = _world.Make(ObjectType.CapTable, Bits), second = _world.Make(ObjectType.CapTable, Bits);
        ulong third = _world.Make(ObjectType.CapTable, Bits), root = _free + 1000;
        _world.Invoke(first, InvocationLabel.CNodeCopy, [RootSlot.CNode], 1, Bits, second, 64, (ulong)CapRights.All);
        _world.Invoke(second, InvocationLabel.CNodeCopy, [RootSlot.CNode], 2, Bits, third, 64, (ulong)CapRights.All);
        _world.Invoke(third, InvocationLabel.CNodeCopy, [RootSlot.CNode], 3, Bits, _endpoint, 64, (ulong)CapRights.All);
        ulong guard = new CNodeCapData(0, Limits.WordBits - (3 * Bits)).Raw;
        _world.Invoke(RootSlot.CNode, InvocationLabel.CNodeMint, [RootSlot.CNode], root, 64, first, 64, (ulong)CapRights.All, guard);
        ulong tcb = _world.Make(ObjectType.Tcb);
        _world.Invoke(tcb, InvocationLabel.TcbSetSpace, [root, RootSlot.VSpace], 0, 0, 0);
        _deep = (Tcb*)_world.SlotAt(tcb)->Cap.Address;
        _deepAddress = 0x123;
    }
}

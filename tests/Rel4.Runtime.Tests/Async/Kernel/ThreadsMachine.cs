using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Is a machine with threads and nothing else; its kernel does nothing, and says that it went well.</summary>
/// <param name="mostThreads">How many it starts before it refuses.</param>
internal sealed unsafe class ThreadsMachine(int mostThreads) : AsyncMachine
{
    private int _threads;

    /// <inheritdoc/>
    public override RuntimeHoldings Holdings { get; } = new(
        new CNodeCap(1), default, new VSpaceCap(2), new UntypedCap(3), MemoryBits: 26, FirstSlot: 16, EndSlot: 1 << 16);

    /// <inheritdoc/>
    public override TcbCap CurrentThread => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void StartThread(TcbCap thread, string name, Action body)
    {
        if (_threads == mostThreads)
            throw new InvalidOperationException("out of threads");
        _threads++;
        var started = new Thread(() =>
        {
            using ScriptedMachine kernel = Kernel();
            body();
        })
        {
            IsBackground = true,
            Name = name,
        };
        started.Start();
    }

    /// <inheritdoc/>
    public override bool TryEndWait(TcbCap thread) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override byte* Map(CapabilityArgument frame, CapRights rights, out nuint length) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Unmap(byte* memory, nuint length) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override InterruptReceiver OpenReceiver(ulong index) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override SeL4Error TryRegisterSender(CapabilityArgument notification, out InterruptSender? sender) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override InterruptParking CreateParking(InterruptReceiver doorbells) => throw new NotSupportedException();

    /// <summary>Has the calling thread make system calls.</summary>
    public static ScriptedMachine Kernel() => new((ref frame, ref _) => frame = new TrapFrame());
}

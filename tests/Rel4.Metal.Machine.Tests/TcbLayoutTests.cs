using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Does all that a TCB holds fit into it, one behind the other?</summary>
public sealed unsafe class TcbLayoutTests
{
    [Fact]
    public void Parts_OfTcb_LieApart()
    {
        Assert.True(sizeof(Tcb) <= InterruptContext.SendersOffset, $"the core keeps {sizeof(Tcb)} bytes, and senders begin at {InterruptContext.SendersOffset}");
        Assert.Equal(ThreadEntries.Offset, InterruptContext.SendersOffset + (InterruptContext.SenderCount * sizeof(Sender)));
        Assert.Equal(FloatingPoint.Offset, ThreadEntries.Offset + sizeof(Rel4.Abi.EntryCounts));
        Assert.Equal(0, InterruptContext.SendersOffset % sizeof(uint));
        Assert.True(sizeof(InterruptContext) <= (1 << Rel4.Abi.Limits.TcbBits) - FloatingPoint.Offset - FloatingPoint.Size);
    }
}

using Rel4.Abi;
using Rel4.Hosted.Tests.UserInterrupts;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests;

/// <summary>Do the methods of frames keep to what libsel4 says of them?</summary>
[Collection(nameof(OneKernel))]
public sealed unsafe class FrameMethodTests
{
    [Theory]
    [InlineData(InvocationLabel.X86PageGetAddress)]
    [InlineData(InvocationLabel.X86PageMap)]
    public void Send_MethodWithResults_LeavesTheSendersRegisters(InvocationLabel label)
    {
        using var kernel = new InProcessKernel();
        ulong frame = kernel.Make(ObjectType.Page4K);
        TaskOnThread thread = kernel.StartThread();
        var info = new MessageInfo((ulong)label, 0, 1, 3);
        const ulong Address = 0x7000, Rights = (ulong)CapRights.ReadWrite, Attributes = 77;

        thread.Do(() =>
        {
            SeL4.SetCap(0, RootSlot.VSpace);
            SeL4.SendWithMRs(frame, info, Address, Rights, Attributes);
        });

        UserContext registers;
        InProcessKernel.Check(SeL4.TCB_ReadRegisters(thread.Tcb, suspendSource: false, 0, UserContext.Count, &registers));
        Assert.Equal((frame, info.Raw), (registers.Rdi, registers.Rsi));
        Assert.Equal((Address, Rights, Attributes), (registers.R10, registers.R8, registers.R9));
    }

    [Fact]
    public void Map_EmptyVSpace_IsInvalidCapability()
    {
        using var kernel = new InProcessKernel();
        ulong frame = kernel.Make(ObjectType.Page4K);

        SeL4Error error = SeL4.X86_Page_Map(frame, vspace: 0, 0x7000, CapRights.ReadWrite, default);

        Assert.Equal((SeL4Error.InvalidCapability, 1UL), (error, SeL4.GetMR(0)));
    }
}

namespace Rel4.Kernel.Tests;

/// <summary>Are messages to kernel objects laid out as libsel4 lays them out? (Held by kernel and specification: <see cref="SpecTwin"/>.)</summary>
public sealed unsafe class MethodTests
{
    public static TheoryData<string> All => MethodCases.Names;

    public static TheoryData<string> WithWords => [.. MethodCases.All.Where(entry => entry.Value.Method.Words > 0).Select(entry => entry.Key)];

    public static TheoryData<string> WithCaps => [.. MethodCases.All.Where(entry => entry.Value.Method.Caps > 0).Select(entry => entry.Key)];

    [Fact]
    public void Cases_OfTheCore_AreAllItsMethods() => Assert.Equal(
        Enum.GetValues<InvocationLabel>().Where(label => label is > InvocationLabel.Invalid and < InvocationLabel.IrqIssueIrqHandler),
        MethodCases.All.Values.Select(each => each.Label).Distinct().Order());

    [Theory]
    [MemberData(nameof(All))]
    public void Invoke_MessageOfTheTable_LandsWhereItSays(string name)
    {
        using var stage = new Stage();
        MethodCase method = MethodCases.All[name];
        method.Landed(stage, method.On(stage).Make().Ok());
        stage.World.Check();
    }

    /// <remarks>Nothing else in the message is right either: its shape is checked before anything that it says.</remarks>
    [Theory]
    [MemberData(nameof(WithWords))]
    public void Invoke_OneWordFewer_IsTruncated(string name)
    {
        using var stage = new Stage();
        Attempt whole = MethodCases.All[name].On(stage);
        ulong[] words = [.. Enumerable.Repeat(ulong.MaxValue, whole.Words.Length - 1)];
        (whole with { Words = words, Caps = [.. whole.Caps.Select(_ => stage.Empty)] }).Make().Is(SeL4Error.TruncatedMessage);
        (whole with { Words = whole.Words[..(MethodCases.All[name].Method.Words - 1)] }).Make().Is(SeL4Error.TruncatedMessage);
    }

    [Theory]
    [MemberData(nameof(WithCaps))]
    public void Invoke_OneCapabilityFewer_IsTruncated(string name)
    {
        using var stage = new Stage();
        Attempt whole = MethodCases.All[name].On(stage);
        ulong[] words = [.. Enumerable.Repeat(ulong.MaxValue, whole.Words.Length)];
        (whole with { Words = words, Caps = [.. whole.Caps[1..].Select(_ => stage.Empty)] }).Make().Is(SeL4Error.TruncatedMessage);
        (whole with { Caps = whole.Caps[..^1] }).Make().Is(SeL4Error.TruncatedMessage);
    }

    [Theory]
    [MemberData(nameof(WithCaps))]
    public void Invoke_EmptyCapability_IsRefusedAsOfTheWrongType(string name)
    {
        using var stage = new Stage();
        MethodCase method = MethodCases.All[name];
        Attempt whole = method.On(stage);
        for (int i = 0; i < whole.Caps.Length; i++)
        {
            // No method takes an endpoint.
            InvocationResult wrong = With(whole, i, stage.Endpoint).Make();
            InvocationResult empty = With(whole, i, stage.Empty).Make();
            empty.Is(wrong.Error, wrong.Words);
            Assert.Contains(empty.Error, method.Method.Errors);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Send_MethodWithoutWaiting_LeavesTheSendersRegisters(string name)
    {
        foreach (Syscall number in new[] { Syscall.Send, Syscall.NBSend })
        {
            using var stage = new Stage();
            Attempt attempt = MethodCases.All[name].On(stage);
            UserContext* context = &stage.Root.Tcb->Context;
            stage.World.Kernel.Dispatch(stage.Root.Tcb);
            var message = new StoryMessage((ulong)attempt.Label, attempt.Words) { Caps = attempt.Caps };
            stage.Root.Perform(Syscall.NBSend, stage.Empty, message);
            UserContext before = *context;
            IpcBuffer buffer = *stage.Root.Buffer;

            stage.Root.Perform(number, attempt.Service, message);

            before.Rip += SimKernel.TrapLength;
            before.Rdx = unchecked((ulong)number);
            before.Rdi = attempt.Service.Value;
            Assert.Equal(before, *context);
            Assert.True(new ReadOnlySpan<byte>(&buffer, IpcBuffer.Size).SequenceEqual(new ReadOnlySpan<byte>(stage.Root.Buffer, IpcBuffer.Size)));
        }
    }

    private static Attempt With(Attempt attempt, int cap, CPtr value)
    {
        CPtr[] caps = [.. attempt.Caps];
        caps[cap] = value;
        return attempt with { Caps = caps };
    }
}

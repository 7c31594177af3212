namespace Rel4.Kernel.Tests;

/// <summary>Are the errors that a method gives those that libsel4 documents for it?</summary>
/// <remarks>
/// Each argument of each <see cref="MethodCases">case</see>, and the capability invoked, is replaced by one odd value after another, in the kernel
/// and in the specification. What is given though it is not documented, and what is documented but never given, is argued in <c>argued.tsv</c>.
/// </remarks>
public sealed unsafe class MethodErrorTests
{
    /// <summary>Index of the slot of the stage's CNode that is not empty.</summary>
    private const ulong OccupiedIndex = 9;

    private static readonly ulong[] s_oddWords =
    [
        0, 1, 2, 3, 4, 5, 6, OccupiedIndex, 13, 20, 21, 47, 48, 63, 64, 65, 255, 256, 257, 0x2000_0401, new CNodeCapData(0, 61).Raw, 1UL << 60, ulong.MaxValue,
    ];

    public static TheoryData<string> Methods => [.. MethodCases.All.Values.Select(each => each.Method.Function).Distinct()];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Invoke_OneOddArgument_GivesTheDocumentedErrorsOnly(string function)
    {
        MethodCase[] cases = [.. MethodCases.All.Values.Where(each => each.Method.Function == function)];
        InterfaceMethod method = cases[0].Method;
        var given = new HashSet<SeL4Error>();
        foreach (MethodCase each in cases)
            Collect(each, given);
        given.Remove(SeL4Error.NoError);

        IEnumerable<SeL4Error> expected = method.Errors.Union(Argued(method, "given")).Except(Argued(method, "never"));
        Assert.Equal(expected.Order(), given.Order());
    }

    [Fact]
    public void Argued_OfAllMethods_DiffersFromTheTable() => Assert.All(InterfaceTable.Methods, method =>
    {
        Assert.Empty(Argued(method, "given").Intersect(method.Errors));
        Assert.Empty(Argued(method, "never").Except(method.Errors));
    });

    /// <summary>Reads the errors argued for a method; a line with <c>*</c> is for all that have any words or capabilities.</summary>
    private static IEnumerable<SeL4Error> Argued(InterfaceMethod method, string kind) => InterfaceTable.Lines("argued.tsv")
        .Select(line => line.Split('\t'))
        .Where(fields => fields[1] == kind && (fields[0] == method.Function || (fields[0] == "*" && method.Words + method.Caps > 0)))
        .Select(fields => Enum.Parse<SeL4Error>(fields[2]));

    private static void Collect(MethodCase each, HashSet<SeL4Error> given)
    {
        int places = 3 + each.Method.Arguments.Length;
        for (int place = 0; place < places; place++)
        {
            for (int odd = 0; ;)
            {
                using var stage = new Stage();
                Attempt attempt = each.On(stage);
                CPtr[] slots = Slots(stage);
                SeL4Error error = SeL4Error.RangeError;

                // What is refused changes nothing, so the next can be tried at once.
                while (error != SeL4Error.NoError && Spoil(attempt, place, odd, slots) is { } spoiled)
                {
                    SeL4Error answer = spoiled.Make().Error;

                    // It may have been a message to an endpoint, or have stopped the caller itself: no answer then.
                    error = stage.Root.State == ThreadState.Running ? answer : SeL4Error.NoError;
                    given.Add(error);
                    odd++;
                }

                if (error != SeL4Error.NoError)
                    break;
            }
        }
    }

    /// <summary>Puts an odd value in one place: shape, service, or an argument; null behind the last.</summary>
    private static Attempt? Spoil(Attempt attempt, int place, int odd, CPtr[] slots)
    {
        switch (place)
        {
            case 0:
                return odd < attempt.Words.Length ? attempt with { Words = attempt.Words[..odd] } : null;
            case 1:
                return odd < attempt.Caps.Length ? attempt with { Caps = attempt.Caps[..odd] } : null;
            case 2:
                return odd < slots.Length ? attempt with { Service = slots[odd] } : null;
        }

        InterfaceArgument argument = InterfaceTable.Of(attempt.Label).Arguments[place - 3];
        if (argument.IsCap)
        {
            if (odd >= slots.Length)
                return null;
            CPtr[] caps = [.. attempt.Caps];
            caps[argument.Index - 1] = slots[odd];
            return attempt with { Caps = caps };
        }

        if (odd >= s_oddWords.Length + slots.Length || argument.Index >= attempt.Words.Length)
            return null;
        ulong[] words = [.. attempt.Words];
        ulong word = odd < s_oddWords.Length ? s_oddWords[odd] : slots[odd - s_oddWords.Length].Value;
        words[argument.Index] = argument.Bits < 64 && argument.Bit > 0 ? words[argument.Index] | (word << argument.Bit) : word;
        return attempt with { Words = words };
    }

    /// <summary>Makes a capability of each kind and state, and gives their slots and an empty one.</summary>
    private static CPtr[] Slots(Stage stage)
    {
        StoryObject used = stage.World.Untyped(10), device = stage.World.Frame(), bound = stage.World.Notification();
        stage.Root.UntypedRetype(used, ObjectType.Endpoint, 0, stage.CSpace, 0, 0, stage.World.FreeSlot().Value, 1).Ok();
        device.Slot->Cap = Capability.ToFrame(device.Address, 12, isDevice: true);
        StoryObject ofDevice = stage.World.Untyped(13);
        ofDevice.Slot->Cap = Capability.ToUntyped(ofDevice.Address, 13, isDevice: true);
        stage.Root.TcbBindNotification(stage.World.Thread("bound"), bound).Ok();
        stage.Root.CNodeCopy(stage.Node, OccupiedIndex, 4, stage.CSpace, stage.Notification, 64, CapRights.All).Ok();
        return
        [
            stage.World.FreeSlot(), stage.Endpoint, stage.Root.Given(stage.Endpoint, CapRights.Read), stage.Notification,
            stage.Root.Given(stage.Notification, CapRights.Write), bound, stage.World.Untyped(4), used, ofDevice, stage.Node, stage.CSpace,
            stage.Target, stage.Root, stage.Frame, device, RootSlot.VSpace, stage.Unassigned(), stage.Root.Given(stage.Endpoint, badge: 5),
        ];
    }
}

using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Kernel.Tests;

namespace Rel4.Runtime.Tests;

/// <summary>Does every method of <see cref="SeL4"/> send the message that libsel4's function of that name sends? (Those of Metal included.)</summary>
public sealed unsafe class StubTests
{
    private const ulong Service = 500;

    /// <summary>The methods that libsel4 does not have, or not where there is one processor.</summary>
    private static readonly string[] s_own = ["Notification_", "TCB_Register", "TCB_Unregister", "TCB_ReadEntries", "TCB_ReadSenders", "TCB_SetAffinity", "TCB_SetBatch", "TCB_PerformBatch"];

    /// <summary>libsel4's functions that reL4 has, with their methods here.</summary>
    private static readonly Dictionary<string, MethodInfo> s_stubs = typeof(SeL4).GetMethods(BindingFlags.Public | BindingFlags.Static)
        .Where(method => method.Name.Contains('_', StringComparison.Ordinal) && !s_own.Any(own => method.Name.StartsWith(own, StringComparison.Ordinal)))
        .ToDictionary(method => method.Name);

    public static TheoryData<string> Functions => [.. s_stubs.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Functions_WithALabel_HaveAStub() => Assert.Equal(
        InterfaceTable.Methods.Where(method => Enum.IsDefined((InvocationLabel)method.Label)).Select(method => method.Function).Order(StringComparer.Ordinal),
        s_stubs.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Functions))]
    public void Call_DistinctArguments_SendsThemWhereTheTableSays(string function)
    {
        // Two flags that are equal at one time differ at the other.
        Check(function, flagBit: 0);
        Check(function, flagBit: 1);
    }

    private static void Check(string function, int flagBit)
    {
        InterfaceMethod method = InterfaceTable.Methods.Single(each => each.Function == function);
        ulong[] words = [], caps = [];
        MessageInfo info = default;
        ulong service = 0;
        using var machine = new ScriptedMachine((ref TrapFrame frame, ref IpcBuffer buffer) =>
        {
            info = frame.Info;
            service = frame.Capability;
            words = [frame.Word0, frame.Word1, frame.Word2, frame.Word3];
            fixed (IpcBuffer* sent = &buffer)
            {
                words = [.. words, .. new ReadOnlySpan<ulong>(sent->Message, Limits.MessageWords)[4..]];
                caps = new ReadOnlySpan<ulong>(sent->CapsOrBadges, Limits.ExtraCaps).ToArray();
            }

            frame.Info = default;
        });

        ulong* context = stackalloc ulong[UserContext.Count];
        for (int i = 0; i < UserContext.Count; i++)
            context[i] = 1000 + (ulong)i;
        List<ulong> expectedWords = [.. new ulong[Limits.MessageWords]], expectedCaps = [0, 0, 0];
        object?[] arguments = [.. s_stubs[function].GetParameters().Select((parameter, i) => Argument(parameter, i, flagBit, context))];
        // libsel4's order of parameters is the stub's: the invoked capability, then those of the table, results last.
        for (int i = 0; i < method.Arguments.Length; i++)
        {
            InterfaceArgument place = method.Arguments[i];
            if (place.IsCap)
                expectedCaps[place.Index - 1] = Sent(arguments[i + 1]);
            else if (place.Bits > 64)
                new ReadOnlySpan<ulong>(context, UserContext.Count).CopyTo(CollectionsMarshal.AsSpan(expectedWords)[place.Index..]);
            else
                expectedWords[place.Index] |= Sent(arguments[i + 1]) << place.Bit;
        }

        s_stubs[function].Invoke(null, arguments);

        int structure = method.Arguments.Where(argument => argument.Bits > 64).Sum(argument => argument.Bits / 64);
        Assert.Equal(Service, service);
        Assert.Equal((method.Label, (uint)(method.Words + structure), (uint)method.Caps), (info.Label, info.Length, info.ExtraCaps));
        Assert.Equal(expectedWords[..(int)info.Length], words[..(int)info.Length]);
        Assert.Equal(expectedCaps[..method.Caps], caps[..method.Caps]);
    }

    /// <summary>Makes an argument that no other equals.</summary>
    private static object? Argument(ParameterInfo parameter, int position, int flagBit, ulong* context)
    {
        Type type = parameter.ParameterType;
        if (position == 0)
            return Service;
        if (parameter.IsOut)
            return null;
        if (type.IsPointer)
            return Pointer.Box(context, type);
        if (type == typeof(bool))
            return (position >> flagBit) % 2 != 0;
        ulong value = parameter.Name == "count" ? UserContext.Count : 20 + (ulong)position;
        return type.IsEnum ? Enum.ToObject(type, value) : Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
    }

    private static ulong Sent(object? argument) => argument switch
    {
        bool flag => flag ? 1UL : 0,
        Enum value => Convert.ToUInt64(value, CultureInfo.InvariantCulture),
        _ => Convert.ToUInt64(argument, CultureInfo.InvariantCulture),
    };
}

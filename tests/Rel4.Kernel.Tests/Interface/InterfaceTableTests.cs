using System.Xml.Linq;

namespace Rel4.Kernel.Tests;

/// <summary>Is the table of methods libsel4's, and do our labels agree with it?</summary>
public sealed class InterfaceTableTests
{
    /// <summary>Names a <c>libsel4</c> folder, whose description the table is then compared with.</summary>
    private const string Variable = "REL4_LIBSEL4";

    /// <summary>The methods that reL4 has not got (docs/interface.md, "Not there").</summary>
    private static readonly string[] s_absent =
    [
        "DomainSet_ScheduleConfigure", "DomainSet_ScheduleSetStart",
    ];

    [Fact]
    public void Table_WhenReadAndWritten_IsTheSame() => Assert.Equal(
        InterfaceTable.Lines("methods.tsv"), InterfaceTable.Methods.Select(method => method.ToLine()));

    /// <remarks>Without a folder, the reader is held against a description written from the table.</remarks>
    [Fact]
    public void Read_LibraryGivenOrTheTablesOwnDescription_GivesTheTable()
    {
        IEnumerable<InterfaceMethod> read = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder
            ? Libsel4Reader.Read(folder) : Libsel4Reader.Read([Describe(InterfaceTable.Methods)]);

        Assert.Equal(InterfaceTable.Lines("methods.tsv"), read.Select(method => method.ToLine()));
    }

    [Fact]
    public void Read_Description_CountsLabelsAndPacksArguments()
    {
        XDocument description = XDocument.Parse("""
            <api>
              <interface name="seL4_Lamp">
                <method id="LampDim" name="Dim">
                  <condition><not><config var="CONFIG_KERNEL_MCS"/></not></condition>
                  <param dir="in" name="on" type="seL4_Bool"/>
                  <param dir="in" name="level" type="seL4_Uint8"/>
                  <param dir="in" name="room" type="seL4_CNode"/>
                  <param dir="in" name="hours" type="seL4_Word"/>
                  <param dir="in" name="wall" type="seL4_CPtr"/>
                  <param dir="in" name="all" type="seL4_UserContext"/>
                  <param dir="out" name="watts" type="seL4_Uint16"/>
                  <error name="seL4_RangeError" description=""/>
                  <error name="seL4_DeleteFirst" description=""/>
                </method>
                <method id="LampDim" name="Dim"><condition><config var="CONFIG_KERNEL_MCS"/></condition></method>
                <method id="LampOff" name="Off">
                  <condition><and><config var="CONFIG_ARCH_X86_64"/><not><config var="CONFIG_VTX"/></not></and></condition>
                </method>
              </interface>
            </api>
            """);

        string[] lines = [.. Libsel4Reader.Read([description]).Select(method => method.ToLine())];

        Assert.Equal(
            [
                "Lamp\tDim\tLampDim\t1\ton=word0.0+1 level=word0.8+8 room=cap1 hours=word1 wall=cap2 all=word2*20\twatts=word0.0+16\tDeleteFirst RangeError",
                "Lamp\tOff\tLampOff\t2\t\t\t",
            ],
            lines);
    }

    [Fact]
    public void Labels_OfAllMethods_AreTheTables()
    {
        IEnumerable<(string, ulong)> ours = Enum.GetValues<InvocationLabel>()
            .Where(label => label is not InvocationLabel.Invalid and < InvocationLabel.NotificationRegisterReceiver)
            .Select(label => (label.ToString().ToUpperInvariant(), (ulong)label));

        Assert.Equal(
            InterfaceTable.Methods.Where(method => !s_absent.Contains(method.Function)).Select(method => (method.Id.ToUpperInvariant(), method.Label)),
            ours);
    }

    [Fact]
    public void Registers_OfTheContext_AreTwenty() =>
        Assert.Equal(UserContext.Count * 64, InterfaceTable.Of(InvocationLabel.TcbWriteRegisters).Argument("regs").Bits);

    private static XDocument Describe(IEnumerable<InterfaceMethod> methods) => new(new XElement(
        "api",
        methods.Select(method => new XElement(
            "interface", new XAttribute("name", $"seL4_{method.Object}"),
            new XElement(
                "method", new XAttribute("id", method.Id), new XAttribute("name", method.Name),
                method.Arguments.Select(argument => Parameter(argument, "in")), method.Results.Select(result => Parameter(result, "out")),
                method.Errors.Reverse().Select(error => new XElement("error", new XAttribute("name", $"seL4_{error}"))))))));

    private static XElement Parameter(InterfaceArgument argument, string direction) => new(
        "param", new XAttribute("dir", direction), new XAttribute("name", argument.Name),
        new XAttribute("type", argument.IsCap ? "seL4_CPtr" : argument.Bits switch
        {
            1 => "seL4_Bool",
            8 => "seL4_Uint8",
            16 => "seL4_Uint16",
            32 => "seL4_Uint32",
            64 => "seL4_Word",
            _ => "seL4_UserContext",
        }));
}

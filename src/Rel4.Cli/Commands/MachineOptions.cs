using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Rel4.Cli.Metal;

namespace Rel4.Cli.Commands;

/// <summary>The options that choose an emulator and its processors.</summary>
internal sealed class MachineOptions
{
    private const string KindName = "--machine";
    private const string ModelName = "--cpu";
    private const string ProcessorsName = "--cpus";
    private const string RealTimeName = "--real-time";
    private const int MostInQemu = 8, MostInBochs = 4;

    private readonly Option<MachineKind> _kind = new(KindName)
    {
        Description = "Boots in this emulator: qemu, or bochs, which has user interrupts.", HelpName = "qemu|bochs", CustomParser = ParseKind,
    };

    private readonly Option<string> _model = new(ModelName)
    {
        Description = "Gives the machine processors of this model, as the emulator calls it. Left out: max in QEMU, sapphire_rapids in Bochs.", HelpName = "MODEL",
    };

    private readonly Option<int?> _processors = NumberOption.Create(
        ProcessorsName, $"Gives the machine so many processors; {MostInBochs} at most in Bochs.", "COUNT", "a whole number of processors", 1, MostInQemu, 1);

    private readonly Option<bool> _realTime = new(RealTimeName)
    {
        Description = "Lets QEMU's processors run side by side, by the host's clock: no two runs are the same. Left out: they take turns, and time counts instructions.",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_kind);
        command.Add(_model);
        command.Add(_processors);
        command.Add(_realTime);
        command.Validators.Add(Check);
    }

    /// <summary>Gives a machine what was chosen.</summary>
    public MachineDescription Apply(MachineDescription machine, ParseResult parsed) => machine with
    {
        Kind = parsed.GetValue(_kind),
        Model = parsed.GetValue(_model),
        Processors = parsed.GetValue(_processors)!.Value,
        IsRealTime = parsed.GetValue(_realTime),
    };

    private static MachineKind ParseKind(ArgumentResult result)
    {
        string given = result.Tokens[^1].Value;
        if (given == "bochs")
            return MachineKind.Bochs;
        if (given != "qemu")
            result.AddError($"{KindName} takes qemu or bochs, and not '{given}'.");
        return MachineKind.Qemu;
    }

    // By what was given, since a value that is none has no other.
    private void Check(CommandResult command)
    {
        if (Given(command, _kind) == "bochs" && int.TryParse(Given(command, _processors), CultureInfo.InvariantCulture, out int count) && count is > MostInBochs and <= MostInQemu)
            command.AddError($"{ProcessorsName} takes {MostInBochs} at most in Bochs.");
        if (Given(command, _kind) == "bochs" && command.GetResult(_realTime) is not null)
            command.AddError($"{RealTimeName} is QEMU's: in Bochs time always counts instructions.");
        if (!Given(command, _model).All(character => char.IsAsciiLetterOrDigit(character) || "_-+.,=".Contains(character, StringComparison.Ordinal)))
            command.AddError($"{ModelName} takes the name of a model, and not '{Given(command, _model)}'.");
    }

    private static string Given(CommandResult command, Option option) => command.GetResult(option)?.Tokens is [.., { } last] ? last.Value : "";
}

using System.CommandLine;
using Rel4.Cli;
using Rel4.Cli.Commands;
using Rel4.Hosted.Observation;

// Each command is one file in Commands; ./rel4 starts this program and passes its arguments on.
Repository? repository = Repository.Find();
var root = new RootCommand("reL4 for .NET: a microkernel's IPC in C#.")
{
    DemoCommand.Create(),
    RunCommand.Create(),
    TopCommand.Create(),
    GraphCommand.Create(),
    ListCommand.Create(),
    AddCommand.Create(),
    TaskCommand.Create(ControlCommand.Start, "Starts a task of a running system."),
    TaskCommand.Create(ControlCommand.Stop, "Stops a task of a running system, until it is started."),
    TaskCommand.Create(ControlCommand.Restart, "Stops a task of a running system, and starts it anew."),
    TaskCommand.Create(ControlCommand.Remove, "Takes a task out of a running system."),
    NatsCommand.Create(),
    DoctorCommand.Create(),
    BenchCommand.Create(),
};
if (repository is not null)
{
    // What needs the sources; the installed tool has none.
    root.Add(TestCommand.Create(repository));
    root.Add(MetalCommand.Create(repository));
    root.Add(DocsCommand.Create(repository));
}

DocumentedCommand.ShowExamples(root);
ParseResult parsed = root.Parse(args);
if (Usage.FindMistakes(parsed) is { Count: > 0 } mistakes)
    return Usage.Refuse(mistakes);
// No command is cut off: 'run' gives tasks time to end, and hears a second Ctrl-C itself.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = Timeout.InfiniteTimeSpan });

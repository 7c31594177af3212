namespace Rel4.Kernel.Tests;

/// <summary>An invocation that succeeds, its message laid out by the table of methods and not by what we believe.</summary>
/// <param name="Label">The method.</param>
/// <param name="Service">Makes what the method needs, and gives the capability to invoke.</param>
/// <param name="Arguments">Gives the arguments by libsel4's names, all different where they could be mistaken for one another.</param>
/// <param name="Landed">Tells whether each had the effect that its name promises.</param>
/// <remarks>A register of <c>regs</c> is named <c>regs.0</c> and so on.</remarks>
internal sealed record MethodCase(
    InvocationLabel Label, Func<Stage, CPtr> Service, Func<Stage, (string Name, ulong Value)[]> Arguments, Action<Stage, InvocationResult> Landed)
{
    public InterfaceMethod Method { get; } = InterfaceTable.Of(Label);

    /// <summary>Lays the message out.</summary>
    public Attempt On(Stage stage)
    {
        CPtr service = Service(stage);
        var words = new List<ulong>(new ulong[Method.Words]);
        var caps = new CPtr[Method.Caps];
        foreach ((string name, ulong value) in Arguments(stage))
        {
            if (name.Split('.') is ["regs", _])
            {
                words.Add(value);
                continue;
            }

            InterfaceArgument place = Method.Argument(name);
            if (place.IsCap)
                caps[place.Index - 1] = value;
            else
                words[place.Index] |= value << place.Bit;
        }

        return stage.Try(service, Label, words.ToArray(), caps);
    }
}

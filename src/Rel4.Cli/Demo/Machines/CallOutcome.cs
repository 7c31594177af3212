namespace Rel4.Cli.Demo.Machines;

/// <summary>Names how a request ended.</summary>
internal enum CallOutcome
{
    /// <summary>With a reply.</summary>
    Answered,

    /// <summary>With an error that says that it was not carried out.</summary>
    NotCarriedOut,

    /// <summary>With an error that says that it may have been carried out.</summary>
    Unknown,
}

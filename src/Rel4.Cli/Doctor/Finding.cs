namespace Rel4.Cli.Doctor;

/// <summary>Is something that the doctor looked at.</summary>
/// <param name="Area">What it belongs to.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Verdict">How it is.</param>
/// <param name="Detail">What is there, or what is missing and what that means.</param>
/// <param name="Fix">How to get it; null if there is nothing to do.</param>
internal sealed record Finding(string Area, string Name, Verdict Verdict, string Detail, string? Fix = null);

/// <summary>Says how something is.</summary>
internal enum Verdict
{
    /// <summary>It is there.</summary>
    Good,

    /// <summary>It is not there; things run without it.</summary>
    Absent,

    /// <summary>It is not there, and no system runs without it.</summary>
    Bad,
}

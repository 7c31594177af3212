using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Checks that what is missing is said.</summary>
public sealed class SandboxReportTests
{
    private const LinuxPrivileges All =
        LinuxPrivileges.ChangeOwner | LinuxPrivileges.SetUser | LinuxPrivileges.SetGroup | LinuxPrivileges.SignalOthers
        | LinuxPrivileges.IgnoreFileModes | LinuxPrivileges.ChangeOthersModes | LinuxPrivileges.ShrinkBoundingSet;

    [Fact]
    public void Report_WithEverything_MissesNothing() => Assert.Empty(SandboxReport.From(All, 6, hasSeccomp: true).Missing);

    [Fact]
    public void Report_WithoutLandlock_SaysWhatThatCosts()
    {
        string[] missing = NamesOf(SandboxReport.From(All, 0, hasSeccomp: true));

        Assert.Equal(["confined processes", "confined files", "confined ports", "confined signals"], missing);
    }

    [Fact]
    public void Report_WithAnOldLandlock_NamesTheVersionNeeded()
    {
        Protection missing = Assert.Single(SandboxReport.From(All, 5, hasSeccomp: true).Missing);

        Assert.Equal("confined signals", missing.Name);
        Assert.Contains("version 6", missing.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfAnOrdinaryUser_SaysWhatRootWouldAdd()
    {
        string[] missing = NamesOf(SandboxReport.From(LinuxPrivileges.None, 6, hasSeccomp: true));

        Assert.Equal(["own users", "no group memberships", "thread limit", "empty bounding set"], missing);
    }

    /// <summary>A supervisor that could start tasks as others, and not end them or delete their files, would leave both behind.</summary>
    [Theory]
    [InlineData((ulong)LinuxPrivileges.SignalOthers)]
    [InlineData((ulong)LinuxPrivileges.IgnoreFileModes)]
    [InlineData((ulong)LinuxPrivileges.ChangeOthersModes)]
    [InlineData((ulong)LinuxPrivileges.SetUser)]
    public void Report_WithoutOneOfTheCapabilities_SaysThatTasksHaveNoUsers(ulong missing) =>
        Assert.Equal(["own users", "no group memberships", "thread limit"], NamesOf(SandboxReport.From(All & ~(LinuxPrivileges)missing, 6, hasSeccomp: true)));

    [Fact]
    public void Report_OfThisMachine_HasTheFilter() =>
        Assert.True(SandboxReport.Inspect().Protections.Single(protection => protection.Name == "system call filter").IsActive);

    private static string[] NamesOf(SandboxReport report) => [.. report.Missing.Select(protection => protection.Name)];
}

//go:build tools

// Package engine pins the Pulumi CLI that groundplan builds where no other can be had.
package engine

import (
	_ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
	_ "github.com/pulumi/pulumi/sdk/v3/go/common/version"
)
